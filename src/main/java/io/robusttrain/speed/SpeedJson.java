package io.robusttrain.speed;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.util.Locale;

/** A result for programs: seconds, GFLOP/s, bytes; shares and ratios as fractions. */
public final class SpeedJson {
  private SpeedJson() {}

  /** One object with all figures. */
  public static ObjectNode of(SpeedResult result) {
    SpeedPlan plan = result.plan();
    ObjectNode json = Json.object();
    json.put("model", plan.architecture().name());
    json.put("img_size", plan.architecture().imageSize());
    json.put("num_classes", plan.architecture().numClasses());
    json.put("parameters", plan.architecture().layout().parameterCount());
    json.put("macs_per_image", plan.architecture().macsPerImage());
    json.put("engine", result.engine().name().toLowerCase(Locale.ROOT));
    json.put("device", device(plan));
    json.put("precision", plan.arithmetic().word());
    json.put("executors", plan.executors());
    json.put("replicas_per_executor", plan.replicas());
    json.put("threads_per_executor", plan.replicas() * plan.threads());
    json.put("batch", plan.batch());
    json.put("micro_batch", plan.microBatch());
    json.put("warmup", plan.warmUp());
    json.put("steps", plan.steps());
    json.set("images_per_s", result.imagesPerSecond().json());
    json.set("step_seconds", result.stepSeconds().json());
    json.put("gflops", result.gigaflops());
    ObjectNode sgemm = json.putObject("sgemm_gflops");
    sgemm.set("before", rate(result.before()));
    sgemm.set("after", rate(result.after()));
    sgemm.put("median", result.matrixRate().median());
    sgemm.put("best", result.matrixRate().best());
    json.put("blas", result.blas());
    json.put("sgemm_ratio", result.ratio());
    json.put("sgemm_ratio_to_best", result.ratioToBest());
    json.put("peak_rss_bytes", result.peakBytes());
    ObjectNode shares = json.putObject("shares");
    shares.put("attack", result.share(times -> times.own().attack()));
    shares.put("forward_backward", result.share(times -> times.own().train()));
    shares.put("exchange", result.share(StepTimes::exchange));
    shares.put("optimiser", result.share(times -> times.own().update()));
    shares.put("data", result.share(times -> times.own().data()));
    if (result.engine().isDistributed()) {
      json.set("overhead_seconds", result.exchangeSeconds().json());
      json.put("overhead_share", result.share(StepTimes::exchange));
    }
    return json;
  }

  /** {@code cpu} or {@code cuda}. */
  static String device(SpeedPlan plan) {
    return plan.arithmetic().device().name().toLowerCase(Locale.ROOT);
  }

  private static ObjectNode rate(MatrixRate rate) {
    return Json.object().put("median", rate.median()).put("best", rate.best());
  }
}
