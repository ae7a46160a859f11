"""Plants faults in the scripts of the pages, one after the other. The scenario of each fault must find it.

The faults stand in `plants.json`: the asset, a text in it as it is served, the text that takes its place, and the
scenario. A fault reaches one browser alone, so the platform is the usual one: `cargo dev --advertising`.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import time

FOLDER = pathlib.Path(__file__).parent

# The wait of a scenario for each condition. A fault is mostly found by a condition that does not come.
PATIENCE_S = "15"


def found(plant, options):
    """Whether the scenario fails with this fault. Ends the process if the fault cannot be planted."""
    script = FOLDER / f"{plant['scenario']}.py"
    command = [sys.executable, "-B", script, options.map, "--chromium", options.chromium, "--into", options.into]
    ended = subprocess.run([*command, "--plant", plant["name"], "--patience", PATIENCE_S], capture_output=True, text=True)
    if "cannot be planted" in ended.stderr:
        sys.exit(f"{plant['name']}: {ended.stderr}")
    return ended.returncode != 0, ended.stderr.strip().split("\n")[0]


def main():
    parser = argparse.ArgumentParser(description="Plants each fault of plants.json against a running local platform.")
    parser.add_argument("map", type=pathlib.Path, help="the description of the platform: target/local/<port>.json")
    parser.add_argument("names", nargs="*", help="the faults; without any all of them")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the path of Chromium")
    parser.add_argument("--into", type=pathlib.Path, default=pathlib.Path("target/planted"), help="folder of pictures")
    options = parser.parse_args()
    missed = []
    for plant in json.loads((FOLDER / "plants.json").read_text()):
        if options.names and plant["name"] not in options.names:
            continue
        begun = time.monotonic()
        is_found, words = found(plant, options)
        seconds = time.monotonic() - begun
        print(f"{'found ' if is_found else 'MISSED'} {plant['name']:<30} {plant['scenario']:<16} {seconds:3.0f} s  {words}")
        if not is_found:
            missed.append(plant["name"])
    if missed:
        sys.exit(f"no scenario finds: {', '.join(missed)}. Let the scenario of each check what the fault breaks")


if __name__ == "__main__":
    main()
