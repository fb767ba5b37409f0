"""What an answer may not do while it is graded: start programs, use the network, write or read beside its own folder.

Python announces such actions before it does them (`sys.addaudithook`), and an announcement that ends in an error stops
them; a hook cannot be taken away again. This works on every system and needs no other rights. It is a fence and no
prison: a fault in a library written in C may open a way around it. Where submissions come from strangers, grade on a
machine, or in a container, that holds nothing else.
"""

import os
import sys
import threading
from pathlib import Path, PosixPath, PurePath, WindowsPath
from sys import _getframe
from types import FrameType
from typing import Any

from course.guard import MEMORY_LIMIT

STANDARD = (os.path.dirname(os.__file__), "<frozen")  # where the files of the standard library lie
LIBRARIES = ("site-packages", "dist-packages")

PROGRAMS = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "os.startfile"}
PROGRAMS |= {"subprocess.Popen", "os.kill", "os.killpg", "signal.pthread_kill", "pty.spawn"}
NETWORK = {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
NETWORK |= {"socket.gethostbyaddr", "socket.sendmsg", "socket.getnameinfo"}
# What reaches past Python's own rules: memory by its address, objects that nobody handed over.
INSIDE = {"ctypes.dlopen", "ctypes.dlsym", "ctypes.call_function", "ctypes.cdata", "ctypes.string_at"}
INSIDE |= {"ctypes.PyObj_FromPtr", "ctypes.wstring_at", "ctypes.addressof", "ctypes.cdata/buffer"}
INSIDE |= {"gc.get_objects", "gc.get_referrers", "gc.get_referents"}
LINKS = {"os.link", "os.symlink"}  # with none, where a path leads can be told from its text
CHANGES = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.truncate", "os.utime"}
CHANGES |= {"os.setxattr", "os.removexattr", "os.chflags", "sqlite3.connect", "os.mkfifo", "os.mknod", "os.lockf"}
LISTS = {"os.listdir", "os.scandir", "os.chdir", "os.walk", "glob.glob", "os.fwalk"}
# What leads to the frames below an answer, in which the judge keeps the password of its verdict. Libraries need it too.
FRAMES = {"sys._getframe", "sys._current_frames", "sys._current_exceptions", "object.__getattr__"}
OF_A_FRAME = {"tb_frame", "gi_frame", "cr_frame", "ag_frame"}
LENDS_FRAMES = ("inspect.py", "traceback.py", "logging/__init__.py")  # give a caller the frames that it asks for
REFUSED = PROGRAMS | NETWORK | INSIDE | LINKS
WATCHED = REFUSED | CHANGES | LISTS | FRAMES | {"open"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
PATHS = (PosixPath, WindowsPath, PurePath)
MOST_TOLD = 100  # attempts, and characters of each
FILE_LIMIT = 50 * 10**6  # bytes in one file
ROOM = 4 * 10**9  # bytes of memory that may be asked for; the guard stops an answer that fills MEMORY_LIMIT of them


class NotAllowed(PermissionError):
    """An answer wanted to do what no answer may do while it is graded."""


class Fences:
    """The fences around a folder: inside it files may be made, outside only Python and its libraries are read."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder.resolve())
        places = {self.folder, sys.prefix, sys.base_prefix, sys.exec_prefix, *filter(None, sys.path)}
        places |= {os.path.realpath(place) for place in places}
        places |= {"/usr", "/lib", "/lib64", "/etc", "/opt", "/System", "/Library"}  # where Python and fonts may be
        places |= {"/dev/null", "/dev/urandom", "/proc/self"}
        places |= {f"/proc/{os.getpid()}", os.environ.get("SystemRoot", ""), os.environ.get("AUTOGRAD_DATA", "")}
        self.readable = tuple(sorted(place for place in places if place and place != os.sep))

    def raise_up(self, tried: list[str]) -> None:
        """Refuse from now on, for good; the list gets what an answer itself was refused.

        Libraries try some of it too when they are imported, such as to ask a program about the processor.
        """
        limit()
        inside, refused, folder, readable = self.inside, NotAllowed, (self.folder,), self.readable
        watched, forbidden, changes = frozenset(WATCHED), frozenset(REFUSED), frozenset(CHANGES)
        frames, of_a_frame, looking = frozenset(FRAMES), frozenset(OF_A_FRAME), threading.local()

        def refuse(what: str) -> None:
            if len(tried) < MOST_TOLD and asks_itself(_getframe(2)):
                tried.append(what[:MOST_TOLD])
            raise refused(f"{what} is refused while an answer is graded")

        def look(event: str, arguments: tuple) -> None:
            if event not in watched:
                return
            if event in frames:
                if event == "object.__getattr__" and arguments[1] not in of_a_frame or vars(looking):
                    return
                looking.now = True  # what looks asks for a frame itself
                try:
                    if wants_a_frame(_getframe(1)):
                        refuse(arguments[1] if event == "object.__getattr__" else event)
                finally:
                    del looking.now
                return
            if event in forbidden:
                refuse(event)
            if event == "open":
                path, mode, flags = arguments
                writes = flags & WRITES or {*"wax+"} & {*(mode or "")}
                if not inside(path, folder if writes else readable) and not (type(path) is str and path == os.devnull):
                    refuse(f"{'writing' if writes else 'reading'} {path!r}")
                return
            places = folder if event in changes else readable
            for path in arguments[: 2 if event == "os.rename" else 1]:
                if not inside(path, places):
                    refuse(f"{event} of {path!r}")

        sys.addaudithook(look)

    @staticmethod
    def inside(path: Any, places: tuple[str, ...], getcwd: Any = os.getcwd, fsdecode: Any = os.fsdecode) -> bool:
        """Whether a path lies in one of the places, by its text alone; an open file's number always does."""
        if type(path) is int or path is None:
            return True
        if type(path) in PATHS:
            path = str(path)
        if type(path) is bytes:
            path = fsdecode(path)
        if type(path) is not str:  # it might give another text the next time
            return False
        text = path.replace(os.sep, "/")
        if not (text.startswith("/") or text[1:2] == ":"):
            text = f"{getcwd().replace(os.sep, '/')}/{text}"
        parts: list[str] = []
        for part in text.split("/"):
            if part == "..":
                parts = parts[:-1]
            elif part not in ("", "."):
                parts.append(part)
        text = "/".join(parts) + "/"
        return any(text.startswith(place.replace(os.sep, "/").strip("/") + "/") for place in places)


def asks_itself(frame: FrameType | None) -> bool:
    """Whether it is a notebook's cell that asks, by the standard library or directly, and no library."""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith("<cell"):
            return True
        if not file.startswith(STANDARD) or any(library in file for library in LIBRARIES):
            return False
        frame = frame.f_back
    return False


def wants_a_frame(frame: FrameType) -> bool:
    """Whether a notebook's cell asks for a frame, directly or by a function that hands frames on."""
    file, back = frame.f_code.co_filename.replace(os.sep, "/"), frame.f_back
    lent = file.endswith(LENDS_FRAMES) and back is not None and back.f_code.co_filename.startswith("<cell")
    return lent or file.startswith("<cell")


def limit() -> None:
    """Bound the files and the memory of this process, where the system can do it."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, most in ((resource.RLIMIT_FSIZE, FILE_LIMIT), (resource.RLIMIT_AS, max(ROOM, 4 * MEMORY_LIMIT))):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
