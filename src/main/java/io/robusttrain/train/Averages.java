package io.robusttrain.train;

import io.robusttrain.checkpoint.WeightsKind;
import io.robusttrain.config.ModelEmaConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.SwaConfig;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerSlice;
import io.robusttrain.optim.EqualAverage;
import io.robusttrain.optim.ExponentialAverage;
import io.robusttrain.optim.WeightAverage;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The averages of the weights that a run keeps: their rules, and their values at an epoch's end.
 */
final class Averages {
  private final TrainingEngine<ReplicaWorker> engine;
  private final boolean kept;
  private final int size;

  Averages(TrainingEngine<ReplicaWorker> engine, RunPlan plan) {
    this.engine = engine;
    this.kept = !rules(plan.config(), plan.stepsPerEpoch()).isEmpty();
    this.size = plan.architecture().layout().size();
  }

  /** The averages that a configuration asks for. */
  static List<WeightAverage> rules(RunConfig config, int stepsPerEpoch) {
    List<WeightAverage> rules = new ArrayList<>();
    ModelEmaConfig ema = config.modelEma();
    if (ema.decay().isSet()) {
      rules.add(
          new ExponentialAverage(
              ema.decay().get(),
              ema.warmup() ? ExponentialAverage.Warmup.POWER : ExponentialAverage.Warmup.NONE,
              (long) ema.start() * stepsPerEpoch));
    }
    SwaConfig swa = config.swa();
    if (swa.start().isSet()) {
      rules.add(
          new EqualAverage(
              (long) swa.start().get() * stepsPerEpoch,
              (long) swa.end().orElse(config.totalEpochs()) * stepsPerEpoch,
              switch (swa.stepOn()) {
                case EPOCH -> stepsPerEpoch;
                case STEP -> 1;
              }));
    }
    return List.copyOf(rules);
  }

  /** Gathers the weights that this pause validates or saves. */
  void gather(Pause pause) {
    if (pause.validates() || pause.occasion().isPresent() || pause.stopping()) {
      pause.gathered(beside(pause.raw()));
    }
  }

  /**
   * The weights of an epoch, trained ones first, with the averages that there are by now.
   *
   * @param raw the trained flat vector (P)
   */
  private Map<WeightsKind, float[]> beside(float[] raw) {
    Map<WeightsKind, float[]> all = new EnumMap<>(WeightsKind.class);
    all.put(WeightsKind.RAW, raw);
    if (kept) {
      for (Map<String, WorkerSlice> slices :
          engine.onEveryWorker((worker, place) -> worker.averages())) {
        slices.forEach(
            (name, slice) ->
                System.arraycopy(
                    slice.values(),
                    0,
                    all.computeIfAbsent(WeightsKind.named(name), kind -> new float[size]),
                    slice.start(),
                    slice.values().length));
      }
    }
    return all;
  }
}
