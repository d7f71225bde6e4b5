"""Measures in the browser: time to the first row, longest task, and frame times.

Times come from the browser's own performance records and start at the navigation.
"""

from typing import Any

from playwright.async_api import Page

WATCH = """
    window.seen = {first: null, longest: 0, frames: []};
    const look = () => {
        if (document.querySelector('[role=row][data-severity]')) window.seen.first = performance.now();
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    new PerformanceObserver((list) => {
        for (const task of list.getEntries()) window.seen.longest = Math.max(window.seen.longest, task.duration);
    }).observe({type: 'longtask'});
"""
BEGIN = """() => {
    window.seen.longest = 0;
    const frames = window.seen.frames = [];
    const note = (at) => {
        if (window.seen.frames !== frames) return;
        frames.push(at);
        requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
}"""
END = """() => {
    const {frames, longest} = window.seen;
    window.seen.frames = [];
    return {longest, frames: frames.slice(1).map((at, index) => at - frames[index])};
}"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
FIRST_ROW = "window.seen.first"


async def begin_frames(page: Page) -> None:
    """Record every frame from now on, and forget earlier long tasks."""
    await page.evaluate(BEGIN)


async def end_frames(page: Page) -> tuple[float, float]:
    """Return the 95th percentile frame time and the longest task, in ms."""
    seen: dict[str, Any] = await page.evaluate(END)
    times = sorted(seen["frames"])
    assert len(times) >= 20, times
    return times[len(times) * 95 // 100], seen["longest"]
