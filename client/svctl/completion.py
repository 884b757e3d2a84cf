"""Shell completion scripts: click's, except for fish, where click's script cuts a description at its first comma."""

import click
from click.shell_completion import CompletionItem, FishComplete, add_completion_class, get_completion_class

_FISH = """\
function %(complete_func)s
    for completion in (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \
COMP_CWORD=(commandline -t) %(prog_name)s)
        set -l kind (string split -m 1 , -- $completion)
        switch $kind[1]
            case dir
                __fish_complete_directories $kind[2]
            case file
                __fish_complete_path $kind[2]
            case plain
                echo -- $kind[2]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class _Fish(FishComplete):
    source_template = _FISH

    def format_completion(self, item: "CompletionItem[str]") -> str:
        """One line: the kind, a comma, the value, a tab, the description."""
        description = f"\t{' '.join(item.help.split())}" if item.help else ""
        return f"{item.type},{item.value}{description}"


add_completion_class(_Fish, "fish")


def script(command: click.Command, shell: str) -> str:
    """The script that the shell evaluates at its start."""
    kind = get_completion_class(shell)
    assert kind is not None
    return kind(command, {}, "svctl", "_SVCTL_COMPLETE").source()
