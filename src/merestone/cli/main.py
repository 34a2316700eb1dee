"""The `merestone` command: its table of commands, loaded only when one is called, and its way to fail."""

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, Final

import click

from merestone import __version__
from merestone.cli.exit_codes import BAD_INPUT, INTERRUPTED, exit_code_of
from merestone.cli.verbosity import set_verbosity, verbosity_options
from merestone.terms import Log, MerestoneError

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "init": ("merestone.cli.register:init_command", "make a new register (--exercise: filled with exercise data)"),
    "import": (
        "merestone.cli.intake:import_command",
        "import a file: GeoJSON, GeoPackage, Shapefile, file geodatabase, GeoParquet, KML, GPX, CSV ...",
    ),
    "form": ("merestone.cli.form:form_command", "write a blank form of a kind: XLSForm, or a spreadsheet to fill in"),
    "add": ("merestone.cli.add:add", "record one record of any kind, with an option for each field"),
    "list": ("merestone.cli.record:list_command", "list the records"),
    "show": ("merestone.cli.record:show_command", "show one record"),
    "history": ("merestone.cli.record:history_command", "show every change to a record"),
    "quarantine": ("merestone.cli.record:quarantine_command", "list the rows that could not be imported, and why"),
    "imports": ("merestone.cli.imports:imports_command", "list imports: file, date, counts, who, undone?"),
    "undo-import": ("merestone.cli.imports:undo_import_command", "undo an import; the same file can be imported again"),
    "withdraw": ("merestone.cli.correction:withdraw_command", "withdraw a record that was a mistake or has ended"),
    "revise": ("merestone.cli.correction:revise_command", "correct a record: outline, accuracy, attributes, dates"),
    "settle": ("merestone.cli.correction:settle_command", "record the outcome of quarantined rows"),
    "resolve": ("merestone.cli.correction:resolve_command", "resolve a conflict: which version to keep"),
    "move": ("merestone.cli.life:move_command", "move a hazardous area to its next status"),
    "divide": ("merestone.cli.life:divide_command", "split one area into several"),
    "join": ("merestone.cli.life:join_command", "combine several areas into one"),
    "merge": ("merestone.cli.life:merge_command", "merge diverged copies of a register"),
    "conflicts": ("merestone.cli.life:conflicts_command", "list unresolved conflicts of merged copies"),
    "backup": ("merestone.cli.backup:backup_command", "copy a register and the files beside it, and verify the copy"),
    "restore": ("merestone.cli.backup:restore_command", "restore a register from a backup"),
    "verify": (
        "merestone.cli.register:verify_command",
        "rebuild from the events and check the hash chain",
    ),
    "screen": (
        "merestone.cli.screen:screen_command",
        "check places, routes or plots against recorded hazards, one or many",
    ),
    "coverage": (
        "merestone.cli.coverage:coverage_command",
        "which part of an area lies within a distance of hazards",
    ),
    "pack": ("merestone.cli.pack:pack_command", "write hazards as one file that opens at once, to screen against"),
    "export": ("merestone.cli.publish:export_command", "write a layer for others; the public tier by default"),
    "public": ("merestone.cli.public:public_command", "what the public reads as the source of records"),
    "balance": ("merestone.cli.balance:balance_command", "how much land is reported, open and released, counted once"),
    "priority": ("merestone.cli.priority:priority_command", "which areas to survey or clear first, and how firmly"),
    "plan": ("merestone.cli.plan:plan_command", "assign areas to teams; forecast when all is done"),
    "burden": ("merestone.cli.burden:burden_command", "time, cost and staff to clear an area; people who live near it"),
    "residual": ("merestone.cli.residual:residual", "residual risk from inspections and searches"),
    "basemap": ("merestone.cli.basemap:basemap", "make a base map of your region from an OpenStreetMap extract"),
    "serve": ("merestone.cli.serve:serve", "the register as a map, a check of places and an OGC API, on this machine"),
    "person": (
        "merestone.cli.person:person",
        "people hurt: key, add, show, erase; personal data stored separately, encrypted",
    ),
    "attach": ("merestone.cli.attach:attach", "documents and photographs of records: add, list, get, check"),
    "alert": ("merestone.cli.alert:alert", "warn the public: declare, approve, publish, update, end, export"),
    "account": ("merestone.cli.account:account", "accounts for signing in at the desk: add, list, password, close"),
    "law": ("merestone.cli.law:law", "what binds a state on a day: status, parties, may, duties, withdraw, refresh"),
    "border": ("merestone.cli.border:border", "how long a border is, at every resolution; terrain and people along it"),
    "claims": ("merestone.cli.claim:claims", "check published claims against packaged facts and measurements"),
    "report": ("merestone.cli.report:report_command", "draft the treaties' forms, a donor summary, the reconciliation"),
    "brief": ("merestone.cli.brief:brief_command", "one summary document, as HTML or PDF"),
}
"""Command name: (module and attribute, one line for ``--help``). The line stands here so that help imports nothing."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command runs, so that ``--help`` starts at once."""

    def __init__(self, *args: Any, commands_at: dict[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands_at = commands_at

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the table: the order of a first walk."""
        return list(self.commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and give the command, or None if there is none of that name."""
        if cmd_name not in self.commands_at:
            return None
        module, _, attribute = self.commands_at[cmd_name][0].partition(":")
        gc.disable()  # a module's objects stay: to look for garbage among them while they are made is lost time
        try:
            command = getattr(importlib.import_module(module), attribute)
        finally:
            gc.freeze()
            gc.enable()
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their line from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.commands_at.items()])


@click.group(cls=LazyGroup, commands_at=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="merestone")
@verbosity_options
def merestone(*, verbose: bool, quiet: bool) -> None:
    """Keep the record of where mines and other explosive ordnance may be, and warn people.

    Merestone never says that a place is safe. Its best answer is "none recorded", with the date of the data.

    \b
    First steps, with exercise data (synthetic, around 0 N 0 E):
      merestone init exercise.gpkg --exercise
      merestone list exercise.gpkg --kind suspected
      merestone quarantine exercise.gpkg
      merestone screen exercise.gpkg --lon 0.001 --lat 0.001 --accuracy-m 10
      merestone export exercise.gpkg --layer suspected -o public.geojson
      merestone verify exercise.gpkg
      merestone serve exercise.gpkg

    \b
    With your own data:
      merestone init areas.gpkg
      merestone import areas.gpkg survey.geojson --as suspected \\
          --source "non-technical survey, May 2026" --accuracy-m 25
      merestone backup areas.gpkg -o areas-backup.gpkg

    Each command has --help with an example. Exit codes: 0 done; 1 a check failed; 2 the command line is wrong; 3 bad
    input, nothing was changed; 4 a recorded hazard; 5 no answer possible (screen and coverage: 0 for both with
    --exit-zero); 130 stopped.
    """  # noqa: D301 (the backslashes are click's and the shell's)
    set_verbosity(verbose=verbose, quiet=quiet)


def _words_of_the_disk(error: Exception) -> str | None:
    """What is said where a file cannot be read or written as it should; None of a fault of ours, which is a traceback.

    The rooms give such errors words of their own; this is for whatever none of them expected.
    """
    import sqlite3

    cause = getattr(error, "orig", error)  # SQLAlchemy wraps what the driver says, and need not be loaded here
    if isinstance(cause, sqlite3.DatabaseError):
        return (
            f"a file cannot be read as a database ({cause}): it may be damaged; `merestone verify FILE` tells, and "
            "`merestone restore` makes a register of a backup"
        )
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}; give the right to read it or to write there, or another place"
    return None


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line; turn our errors into one readable line and an exit code, and leave the rest a traceback."""
    if argv is None:  # a process of our own: most commands make many objects that all stay, and then it ends
        gc.set_threshold(100_000, 20, 100)
        # NumPy's OpenBLAS starts threads when it is loaded, which spin for 50 ms of processor time, and none of our
        # commands multiplies matrices large enough for them.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # With lxml, openpyxl writes sheets through it, and a full disk is then an error of lxml's and no OSError, with a
    # second one printed while the first is told (openpyxl 3.1.5, lxml 6). Without, both are as everywhere else.
    os.environ.setdefault("OPENPYXL_LXML", "False")
    try:
        with Log("cli").timed("ended", version=__version__):
            code = merestone.main(args=argv, prog_name="merestone", standalone_mode=False)
    except MerestoneError as error:
        from merestone.files import with_users_names  # whoever is answered without an error need not load it

        click.echo(f"merestone: {with_users_names(str(error))}", err=True)
        sys.exit(exit_code_of(error))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo(
            "merestone: stopped; what was being written is there whole, or not at all: look before you do it again",
            err=True,
        )
        sys.exit(INTERRUPTED)
    except Exception as error:
        from merestone.files import with_users_names

        text = _words_of_the_disk(error)
        if text is None:
            raise
        click.echo(f"merestone: {with_users_names(text)}", err=True)
        sys.exit(BAD_INPUT)
    sys.exit(code if isinstance(code, int) else 0)
