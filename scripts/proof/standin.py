"""The AWS stand-in of a proof, and a proxy to it for the CDK command line."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import botocore.session

REGION = "us-east-1"
ACCOUNT = "000000000000"
OWNER = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class StandIn:
    """A context manager that runs ministack with IAM enforced, on free ports of the loopback interface."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        home = self.folder / "ministack"
        home.mkdir()
        environment = {
            **os.environ,
            "HOME": str(home),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "AUTH": "true",
            # Functions inherit these, and read the second.
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ENDPOINT_URL_DYNAMODB": self.url,
        }
        self.log = (self.folder / "ministack.log").open("w")
        self.process = subprocess.Popen([Path(sys.executable).with_name("ministack")], cwd=home, env=environment, stdout=self.log, stderr=self.log)
        self.wait_until_ready()
        self.proxy = ThreadingHTTPServer(("127.0.0.1", 0), type("ToStandIn", (Proxy,), {"port": self.port}))
        threading.Thread(target=self.proxy.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.proxy.shutdown()
        self.proxy.server_close()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()

    def wait_until_ready(self) -> None:
        for _ in range(300):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
                connection.request("GET", "/_ministack/health")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        sys.exit(f"The AWS stand-in does not start; see {self.log.name}")

    def client(self, service: str, credentials: dict[str, str] = OWNER):
        return botocore.session.Session().create_client(service, region_name=REGION, endpoint_url=self.url, **credentials)

    def cdk_environment(self, home: Path) -> dict[str, str]:
        """Returns the environment variables with which the CDK command line calls the stand-in instead of AWS."""
        return {
            **os.environ,
            # The CLI caches account ids below HOME. Cargo and rustup keep their folders there too, by default.
            "HOME": str(home),
            "CARGO_HOME": os.environ.get("CARGO_HOME", str(Path.home() / ".cargo")),
            "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup")),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.proxy.server_port}",
            "AWS_ACCESS_KEY_ID": OWNER["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": OWNER["aws_secret_access_key"],
            "AWS_REGION": REGION,
            "CDK_DISABLE_CLI_TELEMETRY": "1",
            "CDK_VALIDATION": "false",
            "CI": "1",
        }


class Proxy(BaseHTTPRequestHandler):
    """Forwards requests with the header of a TLS proxy, because the bootstrap bucket refuses requests without TLS."""

    protocol_version = "HTTP/1.1"
    port: int

    def forward(self):
        body = self.body()
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("transfer-encoding", "connection", "expect")}
        headers |= {"x-forwarded-proto": "https", "content-length": str(len(body))}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(self.command, self.path, body, headers)
        response = connection.getresponse()
        content = response.read()
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                self.send_header(name, value)
        self.send_header("content-length", response.getheader("content-length", "0") if self.command == "HEAD" else str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = forward

    def body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def log_message(self, *_):
        pass


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
