"""Arguments and options that several commands share, and how each is read."""

import functools
import getpass
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, TextIO, TypeVar, cast

import click

from merestone.languages import LANGUAGES, speaking
from merestone.terms import RecordKind, day_from, moment_from

F = TypeVar("F", bound=Callable[..., Any])
KIND: Final = click.Choice([kind.value for kind in RecordKind])


class Day(click.ParamType[date]):
    """A day written YYYY-MM-DD. Anything else is bad input, in the same words as in a file."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day; FieldRefused for anything else."""
        return value if isinstance(value, date) else day_from(_name_of(param), value)


class Moment(click.ParamType[date | datetime]):
    """A day, or an instant that is in UTC unless it says otherwise."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date | datetime:
        """The day or the instant; FieldRefused for anything else."""
        return value if isinstance(value, date) else moment_from(_name_of(param), value)


def _name_of(param: click.Parameter | None) -> str:
    return "the date" if param is None else (param.opts or [str(param.name)])[0]


DAY: Final = Day()
MOMENT: Final = Moment()


def today() -> date:
    """The present day, where the reader is, on the clock of this machine."""
    return date.today()  # noqa: DTZ011  # a calendar day


class RecordedKind(click.ParamType[str]):
    """Any kind of record: a layer, or a kind without layers. The definitions are read only when somebody asks."""

    name = "kind"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name of a kind; click's usage error for anything else."""
        if value in set(RecordKind):
            return RecordKind(value)
        from merestone.register.programme import recordable_kinds

        if value not in recordable_kinds():
            self.fail(f"{value!r} is not one of {', '.join(recordable_kinds())}", param, ctx)
        return str(value)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The names, as the help shows them."""
        from merestone.register.programme import recordable_kinds

        return f"[{'|'.join(recordable_kinds())}]"


ANY_KIND: Final = RecordedKind()


class OutputPath(click.Path):
    """A file that a command writes. The other paths of the command are its inputs."""

    def __init__(self, endings: Sequence[str] = (), **more: Any) -> None:
        super().__init__(path_type=Path, **more)
        self.endings = tuple(endings)
        """The endings that say what is written, lower case with the dot; none: any name will do."""


DRAWING_ENDINGS: Final = (".svg", ".png", ".pdf", ".csv", ".xlsx")
"""Of a drawing and of the numbers behind it (`exchange.drawing_file`)."""


def drawing_option(*names: str, help: str, **more: Any) -> Callable[[F], F]:
    """An option that names a drawing, or a table of the numbers behind it, by its ending."""
    return output_option(*names, help=f"{help} {', '.join(DRAWING_ENDINGS)}.", endings=DRAWING_ENDINGS, **more)


def output_option(
    *names: str, help: str, is_folder_allowed: bool = False, endings: Sequence[str] = (), **more: Any
) -> Callable[[F], F]:
    """An option that names a file to write. Before the command begins, it is compared with all that the command reads.

    So nobody waits for an answer that cannot be kept, and no input is replaced by what was made of it. With a
    parameter ``force``, other files may be replaced; with ``dry_run``, none. With `endings`, a name with another ending
    is refused: what a file holds is what its ending says.
    """

    def with_guard(command: F) -> F:
        @functools.wraps(command)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            _refuse_outputs(click.get_current_context(), is_folder_allowed)
            return command(*args, **kwargs)

        return click.option(*names, type=OutputPath(endings), help=help, **more)(cast(F, guarded))

    return with_guard


def force_option(command: F) -> F:
    """--force: replace a file that stands where one is to be written."""
    text = "Replace a file of that name; never a register or an input."
    return click.option("--force", is_flag=True, help=text)(command)


def exit_zero_option(command: F) -> F:
    """--exit-zero: for scripts that stop at any other code."""
    text = "Exit code 0 for every answer, so read the answer; errors keep their codes."
    return click.option("--exit-zero", is_flag=True, help=text)(command)


def _refuse_outputs(context: click.Context, is_folder_allowed: bool) -> None:
    values = context.params
    kinds = {param.name: param.type for param in context.command.params if isinstance(param.type, OutputPath)}
    names = kinds.keys()
    outputs = [value for name in names if isinstance(value := values.get(name or ""), Path)]
    if not outputs:
        return
    inputs = [path for name, value in values.items() if name not in names for path in _paths_in(value)]
    may_replace = bool(values.get("force")) and not values.get("dry_run")
    from merestone.files import refuse_output  # here: most answers write no file

    for at, output in enumerate(outputs):
        is_folder = is_folder_allowed and output.is_dir()
        refuse_output(output, overwrite=may_replace, inputs=[*inputs, *outputs[:at]], is_folder=is_folder)
    for name, kind in kinds.items():
        named = values.get(name or "")
        if isinstance(named, Path) and kind.endings and named.suffix.lower() not in kind.endings:
            from merestone.terms import FileRefused

            why = "its file extension is not supported here"
            raise FileRefused(named, why, f"use one of {', '.join(kind.endings)}")


def _paths_in(value: object) -> Iterator[Path]:
    """The files that an option's value names: paths, open files, and text that is a file's name."""
    if isinstance(value, (tuple, list)):
        for part in value:
            yield from _paths_in(part)
    elif isinstance(value, Path):
        yield value
    elif isinstance(value, str):
        with suppress(OSError, ValueError):
            if Path(value).is_file():
                yield Path(value)
    elif isinstance(name := getattr(value, "name", None), str):
        yield Path(name)


def register_argument(command: F) -> F:
    """REGISTER, the path of a register."""
    return click.argument("register_path", metavar="REGISTER", type=click.Path(path_type=Path))(command)


def times_options(command: F) -> F:
    """--true-on and --known-on: the two times of `Register.as_of`."""
    known = click.option(
        "--known-on",
        type=MOMENT,
        metavar="DAY",
        help="As recorded by this day (transaction time). Default: everything recorded.",
    )
    true = click.option(
        "--true-on", type=DAY, metavar="DAY", help="The situation on this day (valid time). Default: today."
    )
    return true(known(command))


def grouped(name: str, made: Callable[..., Any], *options: str) -> Callable[[F], F]:
    """Options that belong together reach the command as one value called ``name``, which ``made`` makes of them.

    It stands directly above the command, below the decorators that look at single options.
    """

    def with_group(command: F) -> F:
        @functools.wraps(command)
        def collected(*args: Any, **values: Any) -> Any:
            group = made(**{option: values.pop(option) for option in options})
            return command(*args, **values, **{name: group})

        return cast(F, collected)

    return with_group


def lang_option(command: F) -> F:
    """--lang: the language of the answer; files that a command writes are in English."""

    @functools.wraps(command)
    def spoken(*args: Any, lang: str, **values: Any) -> Any:
        with speaking(lang):
            return command(*args, **values)

    tags = [language.tag for language in LANGUAGES]
    text = "The language of the answer; English is also shown for a translation that nobody has reviewed."
    return click.option("--lang", type=click.Choice(tags), default="en", show_default=True, help=text)(cast(F, spoken))


def edges_option(command: F) -> F:
    """--edges: how two corners of an outline are joined. Text, so that no option loads the screening room."""
    return click.option(
        "--edges", type=click.Choice(["straight", "geodesic"]), default="straight", show_default=True,
        help="How vertices of a hazard are joined: a straight line in lon/lat, as in GeoJSON, or the geodesic.",
    )(command)  # fmt: skip


def by_option(command: F) -> F:
    """--by: who does it; the user's name if nothing is said."""
    return click.option(
        "--by", default=user_name, show_default="your user name", help="Who makes the change; kept in the history."
    )(command)


def reason_options(*, required: bool) -> Callable[[F], F]:
    """--why and --source: what the history tells of a decision."""

    def both(command: F) -> F:
        source = click.option("--source", required=required, help="Who decided, or the source of the decision.")
        why = click.option("--why", required=required, help="The reason; kept in the history.")
        return why(source(command))

    return both


def on_option(command: F) -> F:
    """--on: the day on which something came true."""
    help_text = "The day on which it happened. Default: today."
    return click.option("--on", "on", type=DAY, metavar="DAY", help=help_text)(command)


def keys_in(key_file: TextIO) -> tuple[str, ...]:
    """The keys of personal data in a file, one a line, the newest first."""
    return tuple(line.strip() for line in key_file if line.strip())


def json_option(command: F) -> F:
    """--json: the answer for a program, on standard output."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")(command)


def user_name() -> str:
    """The user's name, or the number where the system has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "unnamed user"
