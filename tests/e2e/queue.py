"""The list of a labeling queue in a page, used as a person does: by its names and keys. Knows no host."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


class QueuePanel:
    """The list beside the editor, and the keyboard of both."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.scope = page.get_by_role("region", name="Items")
        self.list = self.scope.get_by_role("listbox", name="Items")
        self.search = self.scope.get_by_role("searchbox", name="Search items")
        self.note = self.scope.get_by_role("textbox", name="Note on this item")
        self.progress = self.scope.locator(".avseg-items-progress")

    def rows(self) -> Locator:
        return self.list.get_by_role("option")

    def row(self, item: str) -> Locator:
        return self.list.locator(f'[data-item="{item}"]')

    def current(self) -> Locator:
        return self.list.locator('[aria-selected="true"]')

    def names(self) -> list[str]:
        """Return the items in the page, in their order."""
        return [row.get_attribute("data-item") or "" for row in self.rows().all()]

    def choose(self, name: str, option: str) -> None:
        self.scope.get_by_role("combobox", name=name).select_option(label=option)

    def opens(self, item: str) -> None:
        """Return when an item is open, with its editor in the page and the keyboard in it."""
        expect(self.current()).to_have_attribute("data-item", item, timeout=20_000)
        expect(self.page.locator(".avseg-editor")).to_be_focused(timeout=20_000)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
