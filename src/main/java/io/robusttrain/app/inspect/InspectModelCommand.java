package io.robusttrain.app.inspect;

import io.robusttrain.app.ExitCode;
import io.robusttrain.app.cli.ModelSelection;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.LayerSummary;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustInspect model}. */
@Command(
    name = "model",
    description = "Shows a model's arguments, its counts, and its layers with their shapes.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class InspectModelCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "timm's name; RobustInspect models lists all.")
  private String name;

  @Mixin private ModelSelection selection;

  @Option(names = "--no-layers", description = "The summary alone.")
  private boolean noLayers;

  @Override
  public Integer call() {
    Architecture model = selection.create(spec, name);
    List<LayerSummary> layers = model.layers();
    PrintWriter out = spec.commandLine().getOut();
    if (!noLayers) {
      out.println(LayerTable.layers(layers));
    }
    out.print(LayerTable.summary(model, layers));
    return ExitCode.DONE.number();
  }
}
