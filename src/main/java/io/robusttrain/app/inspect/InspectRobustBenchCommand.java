package io.robusttrain.app.inspect;

import io.robusttrain.app.ExitCode;
import io.robusttrain.evaluate.published.PublishedModel;
import io.robusttrain.evaluate.published.RobustBench;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustInspect robustbench}. */
@Command(
    name = "robustbench",
    description = {
      "Lists the entries of RobustBench whose architecture is known here, with the accuracies that"
          + " it publishes",
      "(percent, clean and AutoAttack in L-infinity), what the model is normalised by, and the file"
          + " to bring."
    },
    mixinStandardHelpOptions = true)
final class InspectRobustBenchCommand implements Callable<Integer> {
  private static final String ROW = "%-40s %-8s %-5s %-28s %6s %10s  %-41s %s%n";

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "TEXT",
      arity = "0..1",
      defaultValue = "",
      description = "Only entries whose name, data set or model contains this text.")
  private String text;

  @Override
  public Integer call() {
    List<PublishedModel> models = RobustBench.models().stream().filter(this::asked).toList();
    if (models.isEmpty()) {
      throw new IllegalArgumentException(
          "no entry's name, data set or model contains '%s'; RobustInspect robustbench lists all"
              .formatted(text));
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        ROW, "name", "data", "eps", "model", "clean", "AutoAttack", "normalisation", "paper");
    for (PublishedModel model : models) {
      out.printf(
          ROW,
          model.name(),
          model.dataset(),
          model.epsilon(),
          model.model(),
          model.clean(),
          model.autoAttack(),
          model.normalization(),
          model.paper());
    }
    PublishedModel first = models.get(0);
    out.printf(
        "%nThe figures are those of RobustBench's model_info. Its load_model(NAME, dataset=DATA,"
            + " threat_model=\"Linf\") fetches%nmodels/DATA/Linf/NAME.pt, for instance %s. Then:%n"
            + "  RobustEval --robustbench %s/%s --model %s --data ... --output ...%n",
        first.file(), first.dataset(), first.name(), first.file());
    return ExitCode.DONE.number();
  }

  private boolean asked(PublishedModel model) {
    return model.name().contains(text)
        || model.dataset().contains(text)
        || model.model().contains(text);
  }
}
