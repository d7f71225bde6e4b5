"""How PostgreSQL runs when we are root, which it refuses.

The rule kept here: nothing outside its own data directory is changed; no account is made, no parent opened.
"""

import os
import pwd
import shutil
import subprocess
from functools import cache
from pathlib import Path

from models.errors import Unavailable


@cache
def unprivileged_prefix() -> tuple[str, ...]:
    """Return the words to put before a command so that it does not run as root; none for an ordinary user.

    1. A user namespace in which root appears as somebody else; files stay root's.
    2. Where namespaces are forbidden (many containers): another user that keeps the right to reach its files.
    """
    if os.geteuid() != 0:
        return ()
    user = _somebody()
    for prefix in (_namespace(user), _other_user(user)):
        if shutil.which(prefix[0]) and subprocess.run((*prefix, "true"), capture_output=True).returncode == 0:
            return prefix
    raise Unavailable(
        "The embedded PostgreSQL does not run as root, and this machine lets root become nobody else",
        hint="Start as an ordinary user, or set PODIUM_DATABASE_URL.",
    )


def own_for_prefix(directory: Path, prefix: tuple[str, ...]) -> None:
    """Give the data directory to whom PostgreSQL will run as: it refuses another's directory."""
    if os.geteuid() != 0:
        return
    owner = _somebody() if prefix[0] == "setpriv" else pwd.getpwuid(0)
    if directory.stat().st_uid == owner.pw_uid:
        return
    for path in (directory, *directory.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def _namespace(user: pwd.struct_passwd) -> tuple[str, ...]:
    return ("unshare", "--user", f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}")


def _other_user(user: pwd.struct_passwd) -> tuple[str, ...]:
    return (
        "setpriv",
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=-all,+dac_override",
    )


def _somebody() -> pwd.struct_passwd:
    """Return an account that is not root; initdb wants one that the machine knows by name."""
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        return next(user for user in pwd.getpwall() if user.pw_uid != 0)
