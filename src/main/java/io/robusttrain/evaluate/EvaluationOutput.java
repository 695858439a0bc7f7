package io.robusttrain.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.EvaluationPlan;
import io.robusttrain.evaluate.result.CleanOutcome;
import io.robusttrain.evaluate.result.EvaluationResult;
import io.robusttrain.evaluate.result.Round;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.evaluate.run.ImageFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The output directory of one plan: {@code plan.json}, the outcomes of blocks under {@code stages},
 * and at the end {@code images.parquet}, {@code model_info.json} and, last of all, {@code
 * eval.json}, which is whole or absent.
 */
public final class EvaluationOutput {
  private static final String PLAN = "plan.json";
  private static final String RESULT = "eval.json";
  private static final String IMAGES = "images.parquet";
  private static final String MODEL_INFO = "model_info.json";

  private final EvaluationFolder folder;

  private EvaluationOutput(EvaluationFolder folder) {
    this.folder = folder;
  }

  /**
   * Takes a directory for a plan, or takes it up again.
   *
   * @throws EvaluationException if it belongs to another plan; the message lists the differences
   */
  public static EvaluationOutput claim(EvaluationFolder folder, EvaluationPlan plan)
      throws IOException {
    ObjectNode identity = plan.identity();
    Optional<ObjectNode> before = folder.readJson(PLAN);
    if (before.isEmpty()) {
      folder.writeJson(PLAN, identity);
    } else {
      requireSame(folder, before.get(), identity);
    }
    return new EvaluationOutput(folder);
  }

  private static void requireSame(EvaluationFolder folder, ObjectNode before, ObjectNode now) {
    Set<String> names = new LinkedHashSet<>();
    now.fieldNames().forEachRemaining(names::add);
    before.fieldNames().forEachRemaining(names::add);
    List<String> differences = new ArrayList<>();
    for (String name : names) {
      String there = text(before.path(name));
      String here = text(now.path(name));
      if (!there.equals(here)) {
        differences.add("%s (%s there, %s here)".formatted(name, there, here));
      }
    }
    if (!differences.isEmpty()) {
      throw new EvaluationException(
          "%s holds another evaluation; its plan differs in %s. Choose another --output, or repeat its command to continue it"
              .formatted(folder, String.join("; ", differences)));
    }
  }

  private static String text(JsonNode value) {
    return value.isMissingNode() ? "not set" : value.asText();
  }

  EvaluationFolder folder() {
    return folder;
  }

  /** The result, if the evaluation is finished. */
  public Optional<EvaluationResult> result() throws IOException {
    return folder.readJson(RESULT).map(EvaluationResult::new);
  }

  EvaluationResult write(ResultJson result, CleanOutcome clean, List<Round> rounds)
      throws IOException {
    ImageTable.write(folder, IMAGES, result.plan().ids(), clean, rounds);
    folder.write(MODEL_INFO, ModelInfo.bytes(result));
    folder.writeJson(RESULT, result.tree(IMAGES));
    // The decoded images have served; what attacks found is in the table.
    folder.remove(ImageFiles.DIRECTORY);
    return result().orElseThrow();
  }
}
