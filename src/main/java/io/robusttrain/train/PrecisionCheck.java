package io.robusttrain.train;

import io.robusttrain.config.AmpConfig;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.objective.MixedPrecision;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.loss.StandardCrossEntropy;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.Precision;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.worker.Replica;
import io.robusttrain.train.worker.ReplicaWorker;
import java.io.PrintStream;
import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Whether bfloat16 pays on the machines of a run: few processors multiply in it, and without that
 * it is slower than float32. Measured before the first step, on every executor, and once: whether a
 * run goes on after a loss must not depend on how busy the machines are then.
 */
final class PrecisionCheck {
  private static final int LARGEST_BATCH = 8;
  private static final int ROUNDS = 5;
  private static final double BUDGET_SECONDS = 3;

  private boolean done;

  /**
   * Shortest times of a forward and backward pass.
   *
   * @param images of the batch
   * @param fp32 seconds in float32
   * @param bf16 seconds with bfloat16
   */
  record Times(int images, double fp32, double bf16) implements Serializable {
    /** Below 1: bfloat16 is slower. */
    double speedUp() {
      return fp32 / bf16;
    }
  }

  /**
   * Measures, prints and judges, if the run uses mixed precision and was not judged before.
   *
   * @throws ConfigException if it is slower and the configuration refuses that
   */
  void run(
      TrainingEngine<ReplicaWorker> engine, RunPlan plan, float[] weights, PrintStream screen) {
    AmpConfig amp = plan.config().amp();
    if (done || !amp.dtype().isSet()) {
      return;
    }
    int images = Math.min(LARGEST_BATCH, plan.config().train().microBatch());
    List<Times> times =
        engine.onEveryWorker(weights, (vector, worker, place) -> measure(worker, vector, images));
    Times worst = times.stream().min(Comparator.comparingDouble(Times::speedUp)).orElseThrow();
    screen.println(judge(worst, amp.slower()));
    done = true;
  }

  /**
   * The measurement in words.
   *
   * @throws ConfigException if bfloat16 is slower and that is refused
   */
  static String judge(Times times, AmpConfig.Slower slower) {
    String measured =
        String.format(
            Locale.ROOT,
            "forward and backward of %d images: %.3f s with bf16, %.3f s with fp32, %.2f times as"
                + " fast",
            times.images(),
            times.bf16(),
            times.fp32(),
            times.speedUp());
    if (times.speedUp() >= 1) {
      return "amp        " + measured;
    }
    if (slower == AmpConfig.Slower.FAIL) {
      throw new ConfigException(
          "amp.dtype",
          "is bf16, which is slower here (%s): use amp.dtype=none, or amp.slower=warn to train with it all the same"
              .formatted(measured));
    }
    return "amp        WARNING: bf16 is slower here; amp.dtype=none is faster and more exact\n"
        + "           "
        + measured;
  }

  private static Times measure(ReplicaWorker worker, float[] weights, int images) {
    Replica replica = worker.replica(0);
    int threads = worker.job().threads().intraOp();
    return replica
        .thread()
        .call(
            () -> {
              NativeRuntime.start(threads);
              replica.parameters().load(weights, 0);
              Objective fp32 = new StandardCrossEntropy(0);
              Objective bf16 = new MixedPrecision(fp32, Precision.FP32);
              // The first of each pays for what is set up once.
              replica.secondsOf(fp32, images);
              replica.secondsOf(bf16, images);
              double shortestFp32 = Double.POSITIVE_INFINITY;
              double shortestBf16 = Double.POSITIVE_INFINITY;
              double spent = 0;
              for (int round = 0; round < ROUNDS && spent < BUDGET_SECONDS; round++) {
                double one = replica.secondsOf(fp32, images);
                double other = replica.secondsOf(bf16, images);
                spent += one + other;
                shortestFp32 = Math.min(shortestFp32, one);
                shortestBf16 = Math.min(shortestBf16, other);
              }
              return new Times(images, shortestFp32, shortestBf16);
            });
  }
}
