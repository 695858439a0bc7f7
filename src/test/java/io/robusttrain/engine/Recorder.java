package io.robusttrain.engine;

import java.util.ArrayList;
import java.util.List;

/** Keeps what an engine tells, and lets it pause after step 1. */
public class Recorder implements StepObserver {
  public final List<String> events = new ArrayList<>();
  public final List<StepReport> reports = new ArrayList<>();

  @Override
  public void onStep(StepReport report) {
    events.add("step " + report.step());
    reports.add(report);
  }

  @Override
  public boolean pausesAfter(long step) {
    return step == 1;
  }

  @Override
  public void onPause(long completedSteps) {
    events.add("pause " + completedSteps);
  }
}
