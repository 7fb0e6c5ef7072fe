"""JupyterHub for a class: who may come in, and the container that each student gets."""

import asyncio
import os
import sys
from pathlib import Path

from dockerspawner import DockerSpawner

c = get_config()  # noqa: F821 -- JupyterHub puts it here

# Names of this class's containers, volumes and network begin with it.
PROJECT = os.environ["COMPOSE_PROJECT_NAME"]
STUDENTS = os.environ.get("HUB_STUDENTS") or "40"
ADMIN = os.environ["HUB_ADMIN"].strip().lower()  # as JupyterHub writes names
SOCKET = Path("/var/run/docker.sock")
IDLE_SECONDS = 3600
STARTING_SECONDS = 900  # against waiting forever: a class that starts at once keeps a machine busy for minutes
STARTING_AT_ONCE = 10  # a whole class comes on the hour; the engine takes them in groups

# What cannot work stops the start, with a line that says what to do, instead of the first student's work.
if not STUDENTS.isdecimal() or not int(STUDENTS):
    sys.exit(f"HUB_STUDENTS={STUDENTS}: expected how many may work at once, such as 40")
if not os.access(SOCKET, os.W_OK):
    group = SOCKET.stat().st_gid if SOCKET.exists() else "of DOCKER_SOCKET"
    sys.exit(f"the engine's socket cannot be used: put DOCKER_GROUP={group} into docker/.env, and repeat the command")

# What has to outlive the hub's container is in its volume.
c.JupyterHub.bind_url = "http://:8000"
c.JupyterHub.db_url = "sqlite:////data/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = "/data/cookie_secret"
c.ConfigurableHTTPProxy.pid_file = "/tmp/proxy.pid"
# The students' servers reach the hub as everybody does, at its public port: its own port is open only to itself.
c.JupyterHub.hub_ip = "127.0.0.1"
c.Spawner.hub_connect_url = "http://hub:8000"
# A restarted hub finds the students' containers, and their kernels, as they were.
c.JupyterHub.cleanup_servers = False

# Students sign up with their own passwords, and get in once the instructor has said yes at /hub/authorize. The
# instructor signs up first, under the name in HUB_ADMIN.
c.JupyterHub.authenticator_class = "native"
c.Authenticator.admin_users = {ADMIN}
c.Authenticator.allow_all = True  # whom the instructor has let in; the others cannot log in
c.NativeAuthenticator.minimum_password_length = 10
c.NativeAuthenticator.check_common_password = True
c.NativeAuthenticator.allowed_failed_logins = 5


class NotStarted(RuntimeError):
    """Why a student's container has ended; the student reads it, with the button that starts it again."""

    @property
    def jupyterhub_message(self) -> str:
        return str(self)


class StudentSpawner(DockerSpawner):
    """Waits for JupyterLab as long as its container runs, and gives up as soon as that has ended."""

    async def start(self) -> tuple[str, int]:
        """The address at which it answers. Raises ``NotStarted``, with what the container printed last."""
        host, port = await super().start()
        while not await self._answers(host, port):
            if await self.poll() is not None:
                printed = await self.docker("logs", self.container_id, tail=3)
                raise NotStarted(f"Your container has ended: {printed.decode(errors='replace').strip()}")
            await asyncio.sleep(1)
        return host, port

    async def _answers(self, host: str, port: int) -> bool:
        try:
            _, connection = await asyncio.open_connection(host, port)
        except OSError:
            return False
        connection.close()
        return True


c.JupyterHub.spawner_class = StudentSpawner
c.DockerSpawner.image = "workbook-student"
c.DockerSpawner.prefix = f"{PROJECT}-student"
c.DockerSpawner.network_name = f"{PROJECT}_default"
c.DockerSpawner.start_timeout = STARTING_SECONDS  # for the engine to start the container
c.DockerSpawner.http_timeout = STARTING_SECONDS  # for JupyterLab in it to answer
c.DockerSpawner.use_internal_ip = True
c.DockerSpawner.default_url = "/lab/tree/work/course.ipynb"
c.DockerSpawner.remove = True  # the container goes; the volumes stay
c.DockerSpawner.volumes = {
    f"{PROJECT}-work-{{username}}": "/course/work",
    f"{PROJECT}-notebooks-{{username}}": "/course/notebooks",
}
c.DockerSpawner.mem_limit = "2G"
c.DockerSpawner.cpu_limit = 1.0
c.DockerSpawner.extra_host_config = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "pids_limit": 300,
    "init": True,
    "log_config": {"type": "json-file", "config": {"max-size": "10m", "max-file": "3"}},
}
c.JupyterHub.active_server_limit = int(STUDENTS)
c.JupyterHub.concurrent_spawn_limit = STARTING_AT_ONCE

# Idle containers give memory back; the work stays in the volumes.
c.JupyterHub.services = [
    {"name": "idle-culler", "command": [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={IDLE_SECONDS}"]}
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
]
