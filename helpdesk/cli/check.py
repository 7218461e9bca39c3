"""The command that checks the promises."""

import typer

from helpdesk.cli.session import Config, Exit, Json, print_json, session, shown


def check(context: typer.Context, *, config: Config = None, as_json: Json = False) -> int:
    """Check on this database what the gateway promises; status 1 if anything is broken.

    \b
    Example:
      helpdesk check && echo all is well
    """
    current = session(context, config, as_json)
    report = current.operate(lambda operations: operations.check())
    if current.json:
        print_json(report)
    else:
        print(f"{report['accepted']} mails accepted, {report['pending']} of them pending")
        for verdict, count in report["verdicts"].items():
            print(f"  {verdict}: {count}")
        for violation in report["violations"]:
            print(shown(f"broken: {violation['promise']}: {violation['detail']}"))
        if not report["violations"]:
            print("All promises are kept.")
    return Exit.NEGATIVE if report["violations"] else Exit.OK
