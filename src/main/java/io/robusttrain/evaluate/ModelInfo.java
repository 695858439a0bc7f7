package io.robusttrain.evaluate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.base.Figures;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.plan.EvaluationPlan;
import io.robusttrain.evaluate.result.Suspicions;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.fs.Path;

/** An entry as RobustBench keeps them; what only the authors know is left empty. */
final class ModelInfo {
  private ModelInfo() {}

  static byte[] bytes(ResultJson result) {
    EvaluationPlan plan = result.plan();
    ObjectNode node = Json.object();
    String robust = percent(result.last().robustAccuracy());
    boolean standard = plan.attackSet().equals("standard");
    node.put("link", "").put("name", "").put("authors", "");
    node.putNull("additional_data");
    node.put("number_forward_passes", 1);
    node.put("dataset", new Path(plan.subject().images().path()).getName()).put("venue", "");
    node.put("architecture", architecture(plan.subject().model().architecture()));
    node.put("norm", plan.norm() == ThreatModel.Norm.LINF ? "Linf" : plan.norm().name());
    node.put("eps", ThreatModel.text(result.last().epsilon()));
    node.put("clean_acc", percent(result.clean().accuracy()));
    node.put("reported", robust);
    if (standard) {
      node.put("autoattack_acc", robust);
    } else {
      node.putNull("autoattack_acc");
      node.put("attacks", plan.attackSet());
    }
    node.put("unreliable", !Suspicions.of(plan, result.clean(), result.rounds()).isEmpty());
    return node.toPrettyString().getBytes(StandardCharsets.UTF_8);
  }

  /** Its name, and that its activations are sparsified, since that is another network. */
  private static String architecture(Architecture network) {
    Object sparse = network.arguments().get(ModelOptions.MEAN_SPARSE);
    return sparse == null ? network.name() : network.name() + " with MeanSparse " + sparse;
  }

  private static String percent(double fraction) {
    return Figures.format("%.2f", 100 * fraction);
  }
}
