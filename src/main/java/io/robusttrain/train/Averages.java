package io.robusttrain.train;

import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.train.plan.AverageRules;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.worker.ReplicaWorker;
import java.util.EnumMap;
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
    this.kept = AverageRules.count(plan.config()) > 0;
    this.size = plan.architecture().layout().size();
  }

  /** Gathers the weights that this pause validates or saves. */
  void gather(Pause pause) {
    if (pause.validates() || pause.occasion().isPresent() || pause.leaving()) {
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
      engine.gather(
          (worker, place) -> worker.averages(),
          slices ->
              slices.forEach(
                  (name, slice) ->
                      slice.copyInto(
                          all.computeIfAbsent(WeightsKind.named(name), kind -> new float[size]))));
    }
    return all;
  }
}
