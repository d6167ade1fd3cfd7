"""`python -m techlist.local`, which `make run` uses: validate everything, and then run until Ctrl-C."""

import argparse
import os
import sys
from functools import partial

from techlist.local import embedded
from techlist.local.environment import chosen
from techlist.local.preloading import load_settings
from techlist.local.run_lock import lock, mark_stopping
from techlist.local.supervisor import Supervisor
from techlist.server.address import RefusedError, check_free, check_metrics_port, read_address


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m techlist.local", description="Run Techlist until Ctrl-C.")
    parser.add_argument("--stop-with-parent", action="store_true", help="stop when the process that started this ends")
    options = parser.parse_args()
    try:
        address = read_address(os.environ)
        held = lock(embedded.make_data_dir(), url=address.url)
        os.environ.update(chosen(os.environ, address), TECHLIST_DATA_DIR=str(embedded.data_dir()))
        os.chdir(embedded.BASE_DIR)
        check_metrics_port(address, os.environ)
        load_settings()
        check_free(address)
    except (RefusedError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with held:
        on_stop = partial(mark_stopping, held)
        return Supervisor(address, stop_with_parent=options.stop_with_parent, on_stop=on_stop).run()


if __name__ == "__main__":
    sys.exit(main())
