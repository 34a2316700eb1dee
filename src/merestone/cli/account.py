"""`merestone account`: who may sign in at the desk, and what they may do there."""

from pathlib import Path
from typing import TextIO

import click

from merestone.cli.argument import register_argument
from merestone.register import Actor, Register, Role
from merestone.register.sidecars import Accounts

password_option = click.option(
    "--password-file",
    type=click.File(encoding="utf-8"),
    help="Read the password from the first line of a file, or of - for standard input. Default: ask for it, unseen.",
)


def _password(file: TextIO | None) -> str:
    if file is not None:
        return str(file.readline()).rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


@click.group()
def account() -> None:
    """Manage accounts for signing in at the desk. They are stored in a small file beside the register.

    \b
    Example:
      merestone account add areas.gpkg anna --role surveyor --organisation "Org 1" --hub north
      merestone account list areas.gpkg
    """  # noqa: D301 (click's own mark)


@account.command()
@register_argument
@click.argument("name")
@click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    required=True,
    help="What the person may do; may be repeated. A reader can view but not change.",
)
@click.option("--organisation", required=True, help="The person's organisation.")
@click.option("--hub", required=True, help="Regional office (hub); hubs do not see each other's drafts.")
@password_option
def add(
    register_path: Path,
    name: str,
    roles: tuple[str, ...],
    organisation: str,
    hub: str,
    password_file: TextIO | None,
) -> None:
    """Add an account for one person.

    \b
    Example:
      merestone account add areas.gpkg anna --role surveyor --organisation "Org 1" --hub north
      merestone account add areas.gpkg rita --role reader --organisation "Org 1" --hub north
    """  # noqa: D301 (click's own mark)
    actor = Actor(name, organisation, hub, frozenset(Role(role) for role in roles))
    Register.open(register_path, read_only=True).close()  # a misspelt path would make a file that nobody reads
    accounts = Accounts.beside(register_path)
    accounts.add(actor, _password(password_file))
    click.echo(f"{accounts.path}: {name} may sign in as {', '.join(sorted(roles))} of {organisation}, hub {hub}")


@account.command("list")
@register_argument
def list_accounts(register_path: Path) -> None:
    """List the accounts, including closed ones.

    \b
    Example:
      merestone account list areas.gpkg
    """  # noqa: D301 (click's own mark)
    for stored in Accounts.beside(register_path).all():
        actor = stored.actor
        roles = ", ".join(sorted(actor.roles))
        click.echo(f"{actor.name}: {roles}; {actor.organisation}, hub {actor.hub}{'; closed' * stored.is_closed}")


@account.command()
@register_argument
@click.argument("name")
@password_option
def password(register_path: Path, name: str, password_file: TextIO | None) -> None:
    """Change an account's password; sessions opened with the old one end.

    \b
    Example:
      merestone account password areas.gpkg anna
    """  # noqa: D301 (click's own mark)
    Accounts.beside(register_path).set_password(name, _password(password_file))
    click.echo(f"{name}: the password is changed")


@account.command()
@register_argument
@click.argument("name")
def close(register_path: Path, name: str) -> None:
    """Close an account. Its name cannot be reused, because the history names people.

    \b
    Example:
      merestone account close areas.gpkg anna
    """  # noqa: D301 (click's own mark)
    Accounts.beside(register_path).close(name)
    click.echo(f"{name}: closed; nobody signs in by it any more")
