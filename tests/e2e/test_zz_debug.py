import re, json
from playwright.sync_api import Page, expect
from .test_recovery import *
DUMP="""() => new Promise(r => { const q = indexedDB.open("avseg"); q.onsuccess = () => { const s = q.result.transaction("kept").objectStore("kept"); const k = s.getAllKeys(), v = s.getAll(); v.onsuccess = () => r(k.result.map((x, i) => [x, v.result[i]])); }; })"""
def dump(page):
    for k, v in page.evaluate(DUMP): print(k[1:], json.dumps(v)[:300])
    for b in page.get_by_role("button", name=re.compile("^(Undo|Redo)")).all(): print(b.get_attribute("aria-label"))
def test_d(page, lab):
    opened, editor = begin(page, lab, "reload")
    first = editor.draw(CUSTOMER, 1.0, 2.0)
    second = editor.draw(CUSTOMER, 3.0, 4.0)
    expect_saved(editor)
    page.wait_for_timeout(500)
    dump(page)
    reload(page); editor.wait(); page.wait_for_timeout(1000)
    print("RELOADED"); dump(page)
    page.get_by_role("button", name=re.compile("^Undo")).click()
    page.wait_for_timeout(500)
    print("UNDONE"); dump(page)
    reload(page); editor.wait(); page.wait_for_timeout(1000)
    print("RELOADED"); dump(page)
    assert 0
