"""The seed's manual verifications of its Phases 2 to 7, each as one test in a real browser against the real stack."""

import re

from playwright.async_api import Locator, Page, expect


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Automations").locator("[data-severity]")


async def test_phase_2_the_worst_is_on_top_in_red_with_its_failures_counted(page: Page) -> None:
    await page.goto("/")
    first = rows(page).first
    await expect(first).to_contain_text("Social Scout")
    await expect(first).to_have_attribute("data-severity", "failing")
    await expect(first).to_contain_text(re.compile(r"11\dF"))
    await expect(first).to_contain_text(re.compile(r"4\d%"))
    await expect(first).to_contain_text("Failing")
    severities = [await row.get_attribute("data-severity") for row in await rows(page).all()]
    order = ["failing", "unstable", "degrading", "healthy"]
    assert severities == sorted(severities, key=lambda one: order.index(str(one)))
    await expect(page.get_by_role("button", name=re.compile("Needs attention"))).to_contain_text("5")


async def test_phase_3_search_finds_pulses_by_name_and_by_kind(page: Page) -> None:
    await page.goto("/")
    await expect(rows(page).first).to_be_visible()
    await page.keyboard.press("/")
    await page.keyboard.type("pulse")
    for name in ("PULSE Community Post", "PULSE Discussion Starter", "Community Growth", "Content Quality"):
        await expect(rows(page).filter(has_text=name)).to_have_count(1)
    await expect(rows(page).filter(has_text="Social Scout")).to_have_count(0)
    await expect(page).to_have_url(re.compile("search=pulse"))


async def test_phase_3_the_primitive_filter_leaves_only_campaigns(page: Page) -> None:
    await page.goto("/")
    await page.get_by_role("group", name="Primitive").get_by_role("button", name="Campaign").click()
    await expect(rows(page)).to_have_count(4)
    for row in await rows(page).all():
        await expect(row).to_contain_text("Campaign")
    await expect(page).to_have_url(re.compile("primitive=campaign"))
    await page.reload()
    await expect(rows(page)).to_have_count(4)


async def test_phase_4_the_density_bar_peaks_at_ten_in_the_evening(page: Page) -> None:
    await page.goto("/")
    load = page.get_by_role("region", name="Load")
    await expect(load).to_contain_text("8 agent, 1 campaign, 1 pulse")
    await load.get_by_role("button", name="Starts").click()
    peak = load.get_by_role("button", name=re.compile(r"22:00: 10 starts"))
    await peak.hover()
    await expect(page.get_by_role("tooltip")).to_contain_text("Nightly Distillation")
    await peak.click()
    # Ten starts of nine automations: one of them starts twice in the hour.
    await expect(rows(page)).to_have_count(9)
    await expect(page).to_have_url(re.compile("hour="))


async def test_phase_5_the_calendar_folds_what_fires_often(page: Page) -> None:
    await page.goto("/calendar")
    often = page.get_by_role("button", name=re.compile(r"Devil's Advocate: Every 30 min, 48 a day"))
    await expect(often.first).to_be_visible()
    single = page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, Devil's Advocate"))
    await expect(single).to_have_count(0)
    await often.first.click()
    await expect(single.first).to_be_visible()


async def test_phase_5_filters_take_noise_off_the_calendar(page: Page) -> None:
    await page.goto("/calendar")
    scout = page.get_by_role("button", name=re.compile(r"^\d\d:\d\d, Social Scout"))
    await expect(scout.first).to_be_visible()
    await page.get_by_role("group", name="Primitive").get_by_role("button", name="Campaign").click()
    await expect(scout).to_have_count(0)
    await expect(page.get_by_role("button", name=re.compile("Nightly Distillation")).first).to_be_visible()
    await page.goto("/calendar?automations=fact-checker")
    await expect(page.get_by_role("button", name=re.compile("Fact Checker")).first).to_be_visible()
    await expect(scout).to_have_count(0)


async def test_phase_6_every_automation_and_all_of_them_show_what_a_month_costs(page: Page) -> None:
    await page.goto("/")
    summary = page.get_by_role("region", name="Summary")
    await expect(summary).to_contain_text(re.compile(r"Est\. monthly cost\$\d+\.\d\d"))
    await expect(rows(page).first).to_contain_text(re.compile(r"\$\d"))
    await page.get_by_role("columnheader", name="Est. cost/mo").get_by_role("button").click()
    await expect(page.get_by_role("columnheader", name="Est. cost/mo")).to_have_attribute("aria-sort", "descending")


async def test_phase_7_what_a_health_policy_switched_off_says_so(page: Page) -> None:
    await page.goto("/")
    row = rows(page).filter(has_text="Hype Detector")
    await expect(row).to_contain_text("Auto-disabled")
    await row.get_by_role("button", name=re.compile("Hype Detector")).click()
    drawer = page.get_by_role("dialog", name="Hype Detector")
    await expect(drawer).to_contain_text("Switches it off when fewer than 60% of its newest 50 finished runs succeed")
    await expect(drawer).to_contain_text("It last acted")
