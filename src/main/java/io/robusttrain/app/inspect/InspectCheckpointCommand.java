package io.robusttrain.app.inspect;

import io.robusttrain.app.ExitCode;
import io.robusttrain.base.Figures;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.pretrained.WeightsFile;
import io.robusttrain.report.RadiusText;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustInspect checkpoint}. */
@Command(
    name = "checkpoint",
    description =
        "Shows what a file of weights holds: of a model of this project its architecture,"
            + " preprocessing, scores and provenance, after its checksums were verified; of any"
            + " safetensors or PyTorch file its tensors.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class InspectCheckpointCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "PATH",
      description = "A safetensors or PyTorch file, a run directory or a checkpoint directory.")
  private String path;

  @Option(
      names = "--key",
      paramLabel = "NAME",
      description = "Where in a PyTorch file the weights are, such as state_dict_ema.")
  private String key;

  @Option(names = "--no-tensors", description = "Leave out the table of tensors.")
  private boolean noTensors;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    try (WeightsFile file =
        WeightsFiles.open(path, new Configuration(), Optional.ofNullable(key))) {
      List<TensorSpec> tensors = file.tensors();
      out.println(file.description());
      file.card().ifPresent(card -> print(out, card));
      if (!noTensors) {
        table(out, tensors);
      }
      line(
          out,
          "total",
          "%,d tensors, %,d elements, %,d bytes"
              .formatted(
                  tensors.size(),
                  tensors.stream().mapToLong(TensorSpec::elements).sum(),
                  tensors.stream().mapToLong(TensorSpec::byteSize).sum()));
    }
    return ExitCode.DONE.number();
  }

  private static void print(PrintWriter out, ModelCard card) {
    line(out, "model", card.architecture().model());
    card.architecture()
        .arguments()
        .forEach((argument, value) -> line(out, "  " + argument, String.valueOf(value)));
    line(out, "input", card.preprocessing().toJson().toString());
    line(out, "classes", card.classNames().size() + ": " + String.join(", ", card.classNames()));
    line(out, "scores", card.scores().map(InspectCheckpointCommand::words).orElse("not validated"));
    card.provenance().facts().forEach((fact, value) -> line(out, "  " + fact, value));
    line(out, "checksums", "SHA-256 of header and data verified");
  }

  private static String words(Scores scores) {
    return Figures.format(
        "clean %.2f %%, FGSM %.2f %% at epsilon %.6f (%s), %d images, after epoch %d",
        100 * scores.cleanTop1(),
        100 * scores.fgsmTop1(),
        scores.epsilon(),
        RadiusText.of(scores.epsilon()),
        scores.images(),
        scores.epoch() + 1);
  }

  private static void table(PrintWriter out, List<TensorSpec> tensors) {
    int width = tensors.stream().mapToInt(tensor -> tensor.name().length()).max().orElse(6);
    String row = "%-" + Math.max(6, width) + "s  %-5s  %12s  %s%n";
    out.printf(row, "tensor", "type", "elements", "shape");
    for (TensorSpec tensor : tensors) {
      out.printf(
          row, tensor.name(), tensor.dtype(), "%,d".formatted(tensor.elements()), tensor.shape());
    }
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf("%-20s %s%n", name, value);
  }
}
