"""Running PostgreSQL when this process is root, which PostgreSQL refuses to be.

Nothing outside its data directory is changed: no account is created, and no permissions of parent directories change.
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
    """Return a command prefix that runs a command as another user than root; empty for an ordinary user.

    1. A user namespace that maps root to another user; files stay owned by root.
    2. Where namespaces are forbidden (many containers): another user with the capability to reach its files.
    """
    if os.geteuid() != 0:
        return ()
    user = _ordinary_user()
    for prefix in (_namespace(user), _other_user(user)):
        if shutil.which(prefix[0]) and subprocess.run((*prefix, "true"), capture_output=True).returncode == 0:
            return prefix
    raise Unavailable(
        "The embedded PostgreSQL does not run as root, and this machine does not let root switch users",
        hint="Start as an ordinary user, or set PODIUM_DATABASE_URL.",
    )


def own_for_prefix(directory: Path, prefix: tuple[str, ...]) -> None:
    """Change the data directory's owner to PostgreSQL's user: it refuses a directory of another user."""
    if os.geteuid() != 0:
        return
    owner = _ordinary_user() if prefix[0] == "setpriv" else pwd.getpwuid(0)
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


def _ordinary_user() -> pwd.struct_passwd:
    """Return an account that is not root; initdb needs one with a name."""
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        return next(user for user in pwd.getpwall() if user.pw_uid != 0)
