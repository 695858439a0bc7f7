package io.robusttrain.train;

import io.robusttrain.data.shard.SampleRules;
import io.robusttrain.engine.SampleFault;
import io.robusttrain.engine.StepReport;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.Alarm.Kind;
import io.robusttrain.report.Alarm.Response;
import io.robusttrain.report.MetricsReader;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.worker.StepClock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Counts the bad samples of each epoch, tells of each of them once, and ends the run when there are
 * too many. The driver's thread asks it after every step and every validation.
 */
final class BadSamples implements MetricsReader {
  /** What took the place of a bad sample, in words. */
  private static final String STAND_IN = "; another sample stands in for it (data.on-error)";

  private static final String LEFT_OUT = "; validation leaves it out (data.on-error)";

  private final StepClock clock;
  private final SampleRules rules;
  private final long samplesPerEpoch;
  private final Set<String> told = new HashSet<>();
  private int epoch;
  private long inEpoch;

  /** Begins to count; of a run that goes on it has yet to read the metrics. */
  BadSamples(RunPlan plan) {
    this.clock = plan.job().clock();
    this.rules = plan.config().data().sampleRules();
    this.samplesPerEpoch =
        IntStream.range(0, plan.job().order().stepsPerEpoch())
            .mapToLong(step -> plan.job().samples().samplesInStep(plan.job().order(), step))
            .sum();
  }

  @Override
  public void step(StepMetrics past) {
    count(past.epoch(), past.badSamples());
  }

  @Override
  public void alarm(Alarm past) {
    if (past.kind() == Kind.BAD_DATA) {
      told.add(past.message());
    }
  }

  /** How many bad samples an epoch has met so far. */
  long count(int of) {
    return of == epoch ? inEpoch : 0;
  }

  /**
   * Counts the bad samples of a step.
   *
   * @return alarms of those that were not known; one that stops the run comes last
   */
  List<Alarm> step(StepReport report) {
    if (report.badSamples().isEmpty()) {
      return List.of();
    }
    int current = clock.epoch(report.step());
    count(current, report.badSamples().size());
    return findings(report.step(), report.badSamples(), STAND_IN, inEpoch, samplesPerEpoch);
  }

  /**
   * Looks at the samples that a validation after this step has left out.
   *
   * @param samples of the split
   * @return alarms as of {@link #step}
   */
  List<Alarm> validated(long step, List<SampleFault> bad, long samples) {
    return bad.isEmpty() ? List.of() : findings(step, bad, LEFT_OUT, bad.size(), samples);
  }

  private void count(int of, int more) {
    if (of != epoch) {
      epoch = of;
      inEpoch = 0;
    }
    inEpoch += more;
  }

  private List<Alarm> findings(
      long step, List<SampleFault> bad, String fate, long count, long samples) {
    List<Alarm> alarms = new ArrayList<>();
    for (SampleFault fault : bad) {
      String message = fault.problem() + fate;
      if (told.add(message)) {
        Map<String, Double> figures = Map.of("sample", (double) fault.sample());
        alarms.add(alarm(step, Response.SKIPPED, message, figures));
      }
    }
    long allowed = rules.allowed(samples);
    if (count > allowed) {
      String message =
          "%d of %d samples are bad, and data.max-skipped = %s accepts %d; the last is: %s; RobustPrep verify lists all that is wrong"
              .formatted(
                  count, samples, rules.maxSkipped(), allowed, bad.get(bad.size() - 1).problem());
      Map<String, Double> figures = Map.of("bad", (double) count, "allowed", (double) allowed);
      alarms.add(alarm(step, Response.STOPPED, message, figures));
    }
    return alarms;
  }

  private Alarm alarm(long step, Response response, String message, Map<String, Double> figures) {
    return new Alarm(step, clock.epoch(step), Kind.BAD_DATA, response, message, figures);
  }
}
