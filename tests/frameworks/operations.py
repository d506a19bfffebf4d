"""Every edit that is tried on the page of each app, as accounts and rules: each account gets one operation.

Every rule also adds an attribute to #witness, an element that nobody else touches: if that is gone after hydration, the
framework has thrown away all that the server sent, not only the place that the operation changed."""

import dataclasses

WITNESS = {"attributes": {"title": "edited"}}
INSERTED = '<p id="inserted">Inserted</p>'
REPLACED = "<p>Replaced <i>markup</i></p>"
SLOT = '[data-abm-slot="hero"]'


@dataclasses.dataclass(frozen=True)
class Operation:
    name: str          # also the account's id
    label: str         # its line in the table
    selector: str
    rewrite: dict
    apps: tuple = ()   # the only apps whose page has the selector; empty for all

    def applies(self, app):
        return not self.apps or app.name in self.apps


OPERATIONS = (
    Operation("text-static", "`text` of static text", "#static-text", {"text": "Edited"}),
    Operation("text-dynamic", "`text` of text with a value", "#dynamic-text", {"text": "Edited"}),
    Operation("text-item", "`text` of a list's item", "#list li:first-child", {"text": "Edited"}),
    Operation("text-conditional", "`text` of a conditional element", "#conditional", {"text": "Edited"}),
    Operation("text-link", "`text` of a static link", "#static-link", {"text": "Edited"}),
    Operation("html-static", "`html` of a static element", "#static-box", {"html": REPLACED}),
    Operation("html-dynamic", "`html` of an element with values", "#dynamic-box", {"html": REPLACED}),
    Operation("html-raw", "`html` of the framework's raw HTML", "#raw", {"html": REPLACED}),
    Operation("href-static", "static `href`", "#static-link", {"attributes": {"href": "/edited"}}),
    Operation("href-bound", "bound `href`", "#bound-link", {"attributes": {"href": "/edited"}}),
    Operation("title-static", "static `title`", "#static-link", {"attributes": {"title": "Edited"}}),
    Operation("title-bound", "bound `title`", "#bound-link", {"attributes": {"title": "Edited"}}),
    Operation("added-static", "added attribute, static element", "#static-link", {"attributes": {"rel": "edited"}}),
    Operation("added-bound", "added attribute, element with bindings", "#bound-link", {"attributes": {"rel": "edited"}}),
    Operation("removed-static", "removed static `title`", "#static-link", {"attributes": {"title": None}}),
    Operation("removed-bound", "removed bound `title`", "#bound-link", {"attributes": {"title": None}}),
    Operation("add-class-static", "`add_class`, static class", "#static-link", {"add_class": "edited"}),
    Operation("add-class-bound", "`add_class`, bound class", "#bound-link", {"add_class": "edited"}),
    Operation("remove-class-static", "`remove_class`, static class", "#static-link", {"remove_class": "button"}),
    Operation("hide-static", "`hide` static text", "#static-text", {"hide": True}),
    Operation("hide-dynamic", "`hide` text with a value", "#dynamic-text", {"hide": True}),
    Operation("before-static", "`before` a static element", "#static-text", {"before": INSERTED}),
    Operation("after-static", "`after` a static element", "#static-text", {"after": INSERTED}),
    Operation("after-dynamic", "`after` an element with values", "#dynamic-text", {"after": INSERTED}),
    Operation("prepend-static", "`prepend` to a static element", "#static-box", {"prepend": INSERTED}),
    Operation("append-static", "`append` to a static element", "#static-box", {"append": INSERTED}),
    Operation("prepend-dynamic", "`prepend` to an element with values", "#dynamic-box", {"prepend": INSERTED}),
    Operation("append-dynamic", "`append` to an element with values", "#dynamic-box", {"append": INSERTED}),
    Operation("prepend-list", "`prepend` to a list", "#list", {"prepend": '<li id="inserted">Inserted</li>'}),
    Operation("append-list", "`append` to a list", "#list", {"append": '<li id="inserted">Inserted</li>'}),
    Operation("append-raw", "`append` to the framework's raw HTML", "#raw", {"append": INSERTED}),
    Operation("append-root", "`append` to the page's outermost element", "main", {"append": INSERTED}),
    Operation("remove-static", "`remove` a static element", "#static-text", {"remove": True}),
    Operation("remove-dynamic", "`remove` an element with values", "#dynamic-text", {"remove": True}),
    Operation("remove-item", "`remove` a list's item", "#list li:first-child", {"remove": True}),
    Operation("remove-conditional", "`remove` a conditional element", "#conditional", {"remove": True}),
    Operation("text-outside", "`text` in the header", "#outside p", {"text": "Edited"}),
    Operation("append-outside", "`append` to the header", "#outside", {"append": INSERTED}),
    Operation("text-island", "in an island: `text` of static text", "#island-static", {"text": "Edited"}, ("astro",)),
    Operation("text-island-dynamic", "in an island: `text` of text with a value", "#island-dynamic", {"text": "Edited"}, ("astro",)),
    Operation("text-island-slotted", "handed to an island: `text`", "#slotted", {"text": "Edited"}, ("astro",)),
    Operation("slot-text", "the slot: `text`", SLOT, {"text": "Edited"}),
    Operation("slot-html", "the slot: `html`", SLOT, {"html": REPLACED}),
    Operation("slot-prepend", "the slot: `prepend`", SLOT, {"prepend": INSERTED}),
    Operation("slot-append", "the slot: `append`", SLOT, {"append": INSERTED}),
    Operation("slot-inner-text", "the slot: `text` of an element in it", f"{SLOT} h2", {"text": "Edited"}),
    Operation("slot-inner-remove", "the slot: `remove` an element in it", f"{SLOT} p", {"remove": True}),
    Operation("slot-hide", "the slot: `hide`", SLOT, {"hide": True}),
    Operation("slot-class", "the slot: `add_class`", SLOT, {"add_class": "edited"}),
    Operation("slot-after", "the slot: `after`", SLOT, {"after": INSERTED}),
    Operation("slot-remove", "the slot: `remove`", SLOT, {"remove": True}),
)
BY_NAME = {operation.name: operation for operation in OPERATIONS}
STRANGER = "100.64.0.1"


def address(operation):
    """The visitor's address that belongs to the operation's account."""
    return f"198.51.100.{OPERATIONS.index(operation) + 1}"


def accounts():
    return [{"id": operation.name, "name": operation.name, "networks": [f"{address(operation)}/32"]} for operation in OPERATIONS]


def rules():
    """In the YAML of rules/1."""
    lines = ["abm: rules/1", "slots:", "  witness: '#witness'"]
    lines += [f"  {operation.name}: '{operation.selector}'" for operation in OPERATIONS]
    lines.append("rules:")
    for operation in OPERATIONS:
        lines += [f"  - id: {operation.name}", f"    when: {{ account: {operation.name}, path: /** }}", "    rewrite:",
                  f"      witness: {flow(WITNESS)}", f"      {operation.name}: {flow(operation.rewrite)}"]
    return "\n".join(lines) + "\n"


def flow(value):
    """`value` as YAML on one line; a null is `~`."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key}: {flow(inner)}" for key, inner in value.items()) + " }"
    if value is None:
        return "~"
    if value is True:
        return "true"
    return "'" + value.replace("'", "''") + "'"
