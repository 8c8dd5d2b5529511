"""The health of the web server, as asked from inside its container: exit code 0 when it answers 200."""

import http.client
import os
import sys


def main(host: str = "127.0.0.1", port: int = 8000) -> int:
    """Ask for the health address under a name that the site accepts, as a proxy would after TLS."""
    connection = http.client.HTTPConnection(host, port, timeout=4)
    headers = {"Host": os.environ["ALLOWED_HOSTS"].split(",")[0].strip(), "X-Forwarded-Proto": "https"}
    try:
        connection.request("GET", "/sante/", headers=headers)
        return 0 if connection.getresponse().status == 200 else 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
