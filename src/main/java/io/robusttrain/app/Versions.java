package io.robusttrain.app;

import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.train.plan.PlanText;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.plan.StagedPlan;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.package$;
import org.bytedeco.javacpp.Loader;

/** The facts that a run's files tell of their origin. */
public final class Versions {
  private Versions() {}

  /** What a run's files say. */
  public static Map<String, String> of(StagedPlan stages) {
    RunPlan plan = stages.last();
    Map<String, String> facts = software();
    facts.put("bigdl", version("io.robusttrain", "bigdl"));
    facts.put("seed", Long.toString(plan.config().run().seed()));
    facts.put("data", plan.config().data().path());
    facts.putAll(plan.fingerprints());
    if (plan.config().data().exifOrientation() == ExifOrientation.APPLY) {
      facts.put("exif_orientation", "apply");
    }
    // What tells an evaluation that it sees the images that the stored scores were measured on.
    facts.put("validation_split", plan.config().data().valSplit());
    facts.put(Provenance.VALIDATION, plan.dataSets().get(1).fingerprint());
    List<String> all = PlanText.stages(stages);
    for (int i = 0; i < all.size(); i++) {
      facts.put("stage_%02d".formatted(i + 1), all.get(i));
    }
    return facts;
  }

  /** The versions of what every command runs on. */
  public static Map<String, String> software() {
    Map<String, String> facts = new TreeMap<>();
    facts.put("robusttrain", new Version().getVersion()[0]);
    facts.put("jdk", Runtime.version().toString());
    facts.put("spark", package$.MODULE$.SPARK_VERSION());
    facts.put("libtorch", version("org.bytedeco", "pytorch"));
    return facts;
  }

  /** The version that a library's jar carries. */
  private static String version(String group, String artifact) {
    try {
      return Loader.getVersion(group, artifact);
    } catch (IOException missing) {
      return "unknown";
    }
  }
}
