package io.robusttrain.evaluate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.evaluate.plan.EvaluationPlan;
import io.robusttrain.evaluate.result.CleanOutcome;
import io.robusttrain.evaluate.result.EvaluationResult;
import io.robusttrain.evaluate.result.Round;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.evaluate.run.ImageFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The output directory of one plan: {@code plan.json}, the outcomes of blocks under {@code stages},
 * and at the end {@code images.parquet}, {@code model_info.json}, {@code eval.html} and, last of
 * all, {@code eval.json}, which is whole or absent.
 */
public final class EvaluationOutput {
  private static final String RESULT = "eval.json";
  private static final String PAGE = "eval.html";
  private static final String IMAGES = "images.parquet";
  private static final String MODEL_INFO = "model_info.json";

  private final EvaluationFolder folder;

  private EvaluationOutput(EvaluationFolder folder) {
    this.folder = folder;
  }

  /**
   * Takes a directory for a plan, or takes it up again.
   *
   * @throws io.robusttrain.evaluate.plan.EvaluationException if it belongs to another plan; the
   *     message lists the differences
   */
  public static EvaluationOutput claim(EvaluationFolder folder, EvaluationPlan plan)
      throws IOException {
    folder.claim("evaluation", plan.identity());
    return new EvaluationOutput(folder);
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
    ImageTable.write(folder, IMAGES, result.plan().subject().ids(), clean, rounds);
    folder.write(MODEL_INFO, ModelInfo.bytes(result));
    ObjectNode tree = result.tree(IMAGES);
    folder.write(PAGE, new EvaluationPage(tree).render().getBytes(StandardCharsets.UTF_8));
    folder.writeJson(RESULT, tree);
    // The decoded images have served; what attacks found is in the table.
    folder.remove(ImageFiles.DIRECTORY);
    return result().orElseThrow();
  }
}
