"""``svctl voices`` and ``svctl converters``: list the daemon's, and change those installed on this machine."""

from collections.abc import Callable
from typing import Any

import click

from steadyvoice.client.svctl import actions, store
from steadyvoice.client.svctl.arguments import JSON, complete_pull
from steadyvoice.client.svctl.console import guarded
from steadyvoice.client.svctl.grammar import Target
from steadyvoice.ipc.random_weights import RANDOM_VOICES

PATH = click.argument("path", type=click.Path())
NAME = click.option("--name", help="Name to register it under.")
REPLACE = click.option("--replace", is_flag=True, help="Replace an existing one of the same name.")


def _listing(show: Callable[[Target, bool], None], context: click.Context, as_json: bool) -> None:
    if context.invoked_subcommand is None:
        guarded(lambda: show(context.obj, as_json))
    elif as_json:
        raise click.UsageError(f"put --json after {context.invoked_subcommand}")


def _change(kind: str, do: str, as_json: bool, **chosen: Any) -> None:
    guarded(lambda: store.change(as_json, kind=kind, do=do, **chosen))


def _added(*kinds: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    return lambda _, __, begun: [name for name in store.added(*kinds) if name.startswith(begun)]


@click.group(invoke_without_command=True)
@JSON
@click.pass_context
def voices(context: click.Context, as_json: bool) -> None:
    """List, add, download and remove voices."""
    _listing(actions.voices, context, as_json)


@voices.command(epilog="Example: svctl voices add ~/Soprano-1.1-80M --name soprano")
@PATH
@NAME
@REPLACE
@JSON
def add(as_json: bool, **chosen: Any) -> None:
    """Add a voice from PATH: Piper's X.onnx with X.onnx.json beside it, or a directory as it was published, of Soprano,
    Kokoro, Chatterbox, CosyVoice2 or XTTS-v2.

    Its files are copied, and the copies are checked. Without --name the voice has the model's or directory's name.
    Kokoro's voices keep their own names, such as af_heart.
    """
    _change("voices", "add", as_json, **chosen)


@voices.command(epilog="Example: svctl voices pull soprano")
@click.argument("what", shell_complete=complete_pull)
@NAME
@REPLACE
@JSON
def pull(as_json: bool, **chosen: Any) -> None:
    """Download a voice from the Hugging Face hub, or $HF_ENDPOINT.

    WHAT is a voice that svctl voices lists as not installed, such as emma; kokoro, which has many voices; a voice of
    Piper by its published name, such as en_US-joe-medium; soprano (version 1.1), soprano-1.0; or the OWNER/NAME of
    another Soprano model. An interrupted download continues where it stopped.
    """
    _change("voices", "pull", as_json, **chosen)


@voices.command(epilog="Example: svctl voices random soprano")
@click.argument("model", type=click.Choice(list(RANDOM_VOICES)))
@NAME
@REPLACE
@JSON
def random(as_json: bool, **chosen: Any) -> None:
    """Create a voice of random weights, for benchmarks.

    It babbles; its model has the published size.
    """
    _change("voices", "random", as_json, **chosen)


@voices.command(epilog="Example: svctl voices remove soprano-random")
@click.argument("name", shell_complete=_added("voices"))
@JSON
def remove(as_json: bool, **chosen: Any) -> None:
    """Remove a voice that was added or downloaded."""
    _change("voices", "remove", as_json, **chosen)


@click.group(invoke_without_command=True)
@JSON
@click.pass_context
def converters(context: click.Context, as_json: bool) -> None:
    """List, add, download and remove voice converters."""
    _listing(actions.converters, context, as_json)


@converters.command("add", epilog="Example: svctl converters add ~/ann.pth --index ~/added_ann.index")
@PATH
@NAME
@click.option("--index", type=click.Path(), help="The converter's .index file.")
@REPLACE
@JSON
def add_converter(as_json: bool, **chosen: Any) -> None:
    """Add a converter from PATH: an RVC v2 voice (.pth).

    Also adds the models that every RVC voice needs, recognised by their contents: the content encoder (ContentVec's
    file or its transformers directory) and RMVPE. Files are copied, and the copies are checked. Without --name the
    voice has the file's name.
    """
    _change("converters", "add", as_json, **chosen)


@converters.command("pull", epilog="Example: svctl converters pull contentvec")
@click.argument("what", shell_complete=lambda _, __, begun: [n for n in ("contentvec",) if n.startswith(begun)])
@REPLACE
@JSON
def pull_converter(as_json: bool, **chosen: Any) -> None:
    """Download contentvec from the Hugging Face hub, or $HF_ENDPOINT.

    It is the content encoder that every RVC voice needs. An interrupted download continues where it stopped.
    """
    _change("converters", "pull", as_json, **chosen)


@converters.command("random", epilog="Example: svctl converters random rvc")
@click.argument("model", type=click.Choice(["rvc"]))
@NAME
@REPLACE
@JSON
def random_converter(as_json: bool, **chosen: Any) -> None:
    """Create an RVC converter of random weights, for benchmarks.

    Its model has the published size. A random content encoder is added if there is none yet.
    """
    _change("converters", "random", as_json, **chosen)


@converters.command("remove", epilog="Example: svctl converters remove rvc-random")
@click.argument("name", shell_complete=_added("converters", "models"))
@JSON
def remove_converter(as_json: bool, **chosen: Any) -> None:
    """Remove a converter that was added, or contentvec or rmvpe.

    Other converters may need contentvec and rmvpe.
    """
    _change("converters", "remove", as_json, **chosen)
