package io.robusttrain.app.inspect;

import io.robusttrain.app.ExitCode;
import io.robusttrain.base.Figures;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.model.family.ModelRegistry;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustInspect models}. */
@Command(
    name = "models",
    description = "Lists the models with their sizes, at their own input size and classes.",
    mixinStandardHelpOptions = true)
final class InspectModelsCommand implements Callable<Integer> {
  private static final String ROW = "%-34s %9s %8s %8s %8s  %5s  %s%n";

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "TEXT",
      arity = "0..1",
      defaultValue = "",
      description = "Only names that contain this text.")
  private String text;

  @Override
  public Integer call() {
    List<String> names =
        ModelRegistry.names().stream().filter(name -> name.contains(text)).toList();
    if (names.isEmpty()) {
      throw new IllegalArgumentException(
          "no model's name contains '%s'; RobustInspect models lists all".formatted(text));
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(ROW, "model", "params M", "GMACs", "input", "classes", "crop", "interpolation");
    for (String name : names) {
      Architecture model = ModelRegistry.create(name, ModelOptions.none());
      Preprocessing preset = model.defaultPreprocessing();
      out.printf(
          ROW,
          name,
          Figures.format("%.2f", model.layout().parameterCount() / 1e6),
          Figures.format("%.3f", model.macsPerImage() / 1e9),
          model.imageHeight() + "x" + model.imageWidth(),
          model.numClasses(),
          Figures.format("%.3f", preset.cropFraction()),
          preset.interpolation());
    }
    return ExitCode.DONE.number();
  }
}
