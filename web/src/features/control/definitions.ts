/** What each number means, and over which window; the window begins at `since`, such as "Sun, 29 Nov, 14:00". */
export const DEFINITIONS = {
  runs: (since: string) =>
    `Runs that arrived since ${since} and have completed, failed or been cancelled. Child runs belong to their root and are not counted.`,
  success: (since: string) => `Completed among completed and failed runs that arrived since ${since}.`,
  failed: (since: string) => `Runs that arrived since ${since} and failed.`,
  notRun: (since: string) =>
    `Due times and deliveries since ${since} without a run: skipped by a rule, or missed because nothing was up or the previous run was still going.`,
  wait: (since: string) =>
    `95 of 100 runs since ${since} waited at most this long for their start: from the due time of a schedule, else from their arrival. Measured in steps of a factor of two.`,
  cost: (since: string) =>
    `Known cost of all calls, those of child runs too, of runs that arrived since ${since} and have ended.`,
  unknownCosts: (since: string) =>
    `Runs since ${since} that made calls whose cost nobody reported. They are not in the cost.`,
  weekRuns:
    "Runs that arrived in these days and have completed, failed or been cancelled, by the hour of their arrival. Child runs are not counted; what still runs is not yet in it.",
  weekFailures: "Failed among completed and failed runs of these days, by the hour of their arrival.",
  weekCost: "Known cost of all calls of these days' runs, those of child runs too, by the hour of the run's arrival.",
  usual: (weeks: number) =>
    `The same hour of the day and week, by local time, in the ${weeks} weeks before: the band is the middle half of them, the line their median. At least three weeks must be known.`,
  entity: {
    failed: "Failed runs, child runs too, and this primitive's part of all failed runs.",
    cost: "Known cost of the calls of its own runs; what its children cost counts for them.",
    runs: "Runs that completed, failed or were cancelled, child runs too.",
  },
  automation: {
    failed: "Failed runs of the automation, and its part of those of all automations.",
    cost: "Known cost of its runs with all runs below them.",
    runs: "Runs of the automation that completed, failed or were cancelled.",
  },
  unattended: (since: string) =>
    `Runs since ${since}, child runs too, that nobody started by hand, forced, touched or ran again, among those that started. Below it lies the 95 % interval (Wilson): with few runs the share is less sure. Under 20 runs it is not told.`,
  touched: (since: string) =>
    `Runs since ${since} that somebody touched after their start, forced, or ran again; of these, how many were run again.`,
  gates: (since: string) =>
    `Decisions that runs since ${since} asked for as planned. A planned decision is policy, not a rescue.`,
  queued: "Runs that may start now and have not. On a system that keeps up it is near zero.",
  held: "Runs that wait for their admission: flow control, an agent's capacity, a budget or a backfill.",
  running: "Runs that are being carried out now, child runs too.",
  waiting: "Runs that wait for a decision, a callback or a point in time, child runs too.",
  stuck: "Runs that Temporal cannot continue, because their workflow task keeps failing.",
  sweep:
    "When the sweep passed last. It finds missed due times and lost runs, so what is older than it may be unknown. It passes every few seconds.",
  temporal: "Whether Temporal answers within two seconds.",
  ahead:
    "Runs of schedules that are open at the same time, estimated from when they are due and how long they took so far. Runs of triggers are not in it.",
  slots: "Calls of agents that all workers together carry out at the same time. More than that wait in a task queue.",
} as const;
