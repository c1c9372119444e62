#!/usr/bin/env python3
"""Writes a manual page for each command, from what vx itself says of them: manual.py VX FOLDER DATE."""

import json
import pathlib
import subprocess
import sys


def escaped(text):
    """Text as roff reads it: no backslash of its own, and no line that begins as a request does."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").splitlines()
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in lines)


def flag(name):
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def value(argument):
    return "" if argument["kind"] == "flag" else "<" + argument["valueName"] + ">"


def shown(items):
    return [item for item in items if item.get("shouldDisplay", True)]


def synopsis(argument):
    """One argument as it stands in the line of usage."""
    if argument["kind"] == "positional":
        text = "\\fI" + escaped(value(argument)) + "\\fR"
    else:
        text = "\\fB" + escaped(flag(argument["preferredName"])) + "\\fR"
        if value(argument):
            text += " \\fI" + escaped(value(argument)) + "\\fR"
    if argument["isRepeating"]:
        text += " ..."
    return "[" + text + "]" if argument["isOptional"] else text


def paragraphs(text):
    """Paragraphs flow; lines that are set in stay as they are."""
    out = []
    for paragraph in text.split("\n\n"):
        lines = paragraph.strip("\n").splitlines()
        if any(line.startswith("  ") for line in lines):
            out += [".PP", ".nf", escaped("\n".join(lines)), ".fi"]
        elif lines:
            out += [".PP", escaped("\n".join(line.strip() for line in lines))]
    return out


def described(argument):
    lines = [argument.get("abstract", "")]
    if argument.get("defaultValue"):
        lines.append("The default is " + argument["defaultValue"] + ".")
    if argument.get("allValues") and argument["kind"] != "flag":
        lines.append("One of: " + ", ".join(argument["allValues"]) + ".")
    out = [escaped("\n".join(line for line in lines if line))]
    if argument.get("discussion"):
        out += [".IP"] + [line for line in paragraphs(argument["discussion"]) if line != ".PP"]
    return out


def page(command, names, version, date, siblings):
    title = "-".join(names)
    out = [
        '.\\" Made by .ci/package/manual.py from what vx says of itself.',
        f'.TH "{escaped(title).upper()}" 1 "{date}" "vx {version}" "vx"',
        ".SH NAME",
        f"{escaped(title)} \\- {escaped(command.get('abstract', '').rstrip('.'))}",
        ".SH SYNOPSIS",
    ]
    arguments = [a for a in shown(command.get("arguments", [])) if a["valueName"] not in ("help", "version")]
    options = [a for a in arguments if a["kind"] != "positional"]
    positionals = [a for a in arguments if a["kind"] == "positional"]
    subcommands = [c for c in shown(command.get("subcommands", [])) if c["commandName"] != "help"]
    line = "\\fB" + escaped(" ".join(names)) + "\\fR"
    if subcommands:
        line += " \\fI<command>\\fR [\\fI<arguments>\\fR]"
    out.append(" ".join([line] + [synopsis(a) for a in options + positionals]))
    if command.get("discussion"):
        out += [".SH DESCRIPTION"] + paragraphs(command["discussion"])
    if subcommands:
        out.append(".SH COMMANDS")
        for sub in subcommands:
            out += [".TP", "\\fB" + escaped("-".join(names + [sub["commandName"]])) + "\\fR(1)", escaped(sub.get("abstract", ""))]
    if positionals:
        out.append(".SH ARGUMENTS")
        for argument in positionals:
            out += [".TP", "\\fI" + escaped(value(argument)) + "\\fR"] + described(argument)
    out.append(".SH OPTIONS")
    for argument in options:
        spelled = ", ".join("\\fB" + escaped(flag(name)) + "\\fR" for name in argument["names"])
        if value(argument):
            spelled += " \\fI" + escaped(value(argument)) + "\\fR"
        out += [".TP", spelled] + described(argument)
    out += [".TP", "\\fB\\-h\\fR, \\fB\\-\\-help\\fR", "Show help."]
    out += [
        ".SH EXIT STATUS",
        "0 it worked, 1 it failed, 2 it was typed wrongly, 3 it was partly done, 4 a check or a rule said no, 10 this is no",
        "repository of vx, 11 it is locked, 12 it was not allowed, 13 something is damaged, 130 it was interrupted.",
        ".SH SEE ALSO",
        ", ".join(f"\\fB{escaped(name)}\\fR(1)" for name in siblings),
    ]
    return "\n".join(out) + "\n"


def write(command, names, folder, version, date, parent):
    subcommands = [c for c in shown(command.get("subcommands", [])) if c["commandName"] != "help"]
    siblings = ["git", *parent]
    text = page(command, names, version, date, siblings)
    (folder / ("-".join(names) + ".1")).write_text(text, encoding="utf-8")
    for sub in subcommands:
        write(sub, names + [sub["commandName"]], folder, version, date, parent + ["-".join(names)])


def main():
    vx, folder, date = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    said = subprocess.run([vx, "--experimental-dump-help"], check=True, stdout=subprocess.PIPE).stdout
    version = subprocess.run([vx, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    folder.mkdir(parents=True, exist_ok=True)
    write(json.loads(said)["command"], ["vx"], folder, version, date, [])


main()
