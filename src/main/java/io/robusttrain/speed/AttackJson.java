package io.robusttrain.speed;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.util.List;
import java.util.Locale;

/** What attacks took, for programs. */
public final class AttackJson {
  private AttackJson() {}

  /** One object with all figures; {@code attacks} in the order of the times. */
  public static ObjectNode of(AttackPlan plan, List<AttackTime> times) {
    ObjectNode json = Json.object();
    json.put("model", plan.architecture().name());
    json.put("img_height", plan.architecture().imageHeight());
    json.put("img_width", plan.architecture().imageWidth());
    json.put("num_classes", plan.architecture().numClasses());
    json.put("norm", plan.threat().norm().name().toLowerCase(Locale.ROOT));
    json.put("epsilon", plan.threat().epsilon());
    json.put("batch", plan.batch());
    json.put("threads", plan.threads());
    ArrayNode attacks = json.putArray("attacks");
    times.forEach(time -> attacks.add(of(time)));
    return json;
  }

  private static ObjectNode of(AttackTime time) {
    return Json.object()
        .put("attack", time.attack().name())
        .put("iterations", time.attack().iterations())
        .put("full_iterations", time.attack().fullIterations())
        .put("full_passes_per_image", time.attack().fullPasses())
        .put("seconds", time.seconds())
        .put("forward_images", time.forwardImages())
        .put("backward_images", time.backwardImages())
        .put("images_broken", time.broken())
        .put("passes_per_s", time.passesPerSecond())
        .put("ms_per_image_and_iteration", time.millisPerIteration())
        .put("images_per_s_at_full_length_extrapolated", time.imagesPerSecondAtFullLength());
  }
}
