package io.robusttrain.app.speed;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.robusttrain.app.ErrorReport;
import io.robusttrain.app.ExitCode;
import io.robusttrain.app.cli.DebugOption;
import io.robusttrain.app.cli.JsonOutput;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.base.Json;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.speed.PeakMemory;
import io.robusttrain.speed.SpeedJson;
import io.robusttrain.speed.SpeedResult;
import io.robusttrain.speed.SpeedTable;
import io.robusttrain.train.worker.StepArithmetic;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustSpeed models}: one table over the registry. */
@Command(
    name = "models",
    description =
        "Times many models one after another, small ones first, and prints one Markdown table.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%n",
    footer = {
      "Figures as in RobustSpeed --help. A star says that the sgemm rate changed by more than a",
      "tenth while the model was timed: other work shared the cores. Peak RSS is that of the model:",
      "the kernel's mark is reset before each. The largest models need more heap than the default:",
      "spark-submit/local.sh --driver-memory 8g."
    })
final class SpeedModelsCommand implements Callable<Integer> {

  /** Of each model: the yardstick is the same for all of them. */
  private static final double MATRIX_SECONDS = 0.4;

  private final SpeedLauncher launcher;
  private final ErrorReport errors;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "TEXT",
      arity = "0..*",
      description = "Only names that contain one of these texts. Default: the whole registry.")
  private List<String> texts = new ArrayList<>();

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8",
      description = "Most images of a step. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--step-gmacs",
      paramLabel = "N",
      defaultValue = "40",
      description =
          "Fewer images where their multiply-adds exceed this, but at least one. Default:"
              + " ${DEFAULT-VALUE}.")
  private double stepGigaMacs;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads inside an operation. Default: all cores.")
  private Integer threads;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "3",
      description = "Timed steps of each model. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      defaultValue = "1",
      description = "Steps before the clock starts. Default: ${DEFAULT-VALUE}.")
  private int warmUp;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write all figures as JSON.")
  private String json;

  SpeedModelsCommand(SpeedLauncher launcher, ErrorReport errors) {
    this.launcher = launcher;
    this.errors = errors;
  }

  @Override
  public Integer call() throws IOException {
    if (batch < 1 || steps < 1 || warmUp < 0 || !(stepGigaMacs > 0)) {
      throw Usage.wrong(
          spec, "--batch, --steps and --step-gmacs must be positive and --warmup not negative");
    }
    JsonOutput.requireWritable(json);
    return time(names()).number();
  }

  /** Rows are printed as they come; a model that fails costs only its own. */
  private ExitCode time(List<String> names) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    ArrayNode all = Json.array();
    ExitCode worst = ExitCode.DONE;
    out.print(SpeedTable.head());
    out.flush();
    for (int i = 0; i < names.size(); i++) {
      err.printf("model %d of %d: %s%n", i + 1, names.size(), names.get(i));
      err.flush();
      try {
        PeakMemory.reset();
        SpeedResult result = launcher.run(request(names.get(i)));
        out.print(SpeedTable.row(result));
        out.flush();
        all.add(SpeedJson.of(result));
      } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
        worst = errors.print(e, DebugOption.of(spec.commandLine()), err);
        out.printf("| %s | not timed: %s |%n", names.get(i), e.getMessage());
        out.flush();
      }
      if (json != null) {
        Files.writeString(Path.of(json), all.toPrettyString());
      }
    }
    return worst;
  }

  /** Small models first: the heap that a large one leaves behind would count for the next. */
  private List<String> names() {
    List<String> names =
        ModelRegistry.names().stream()
            .filter(name -> texts.isEmpty() || texts.stream().anyMatch(name::contains))
            .sorted(Comparator.comparingInt(SpeedModelsCommand::parameters))
            .toList();
    if (names.isEmpty()) {
      throw new IllegalArgumentException(
          "no model's name contains one of %s; RobustInspect models lists all".formatted(texts));
    }
    return names;
  }

  private static int parameters(String name) {
    return ModelRegistry.create(name, ModelOptions.none()).layout().parameterCount();
  }

  private SpeedRequest request(String name) {
    Architecture model = ModelRegistry.create(name, ModelOptions.none());
    long images = (long) (stepGigaMacs * 1e9) / model.macsPerImage();
    int share = Math.toIntExact(Math.max(1, Math.min(batch, images)));
    return new SpeedRequest(
        SpeedRequest.Mode.LOCAL,
        true,
        model,
        share,
        Optional.empty(),
        Optional.empty(),
        1,
        Optional.ofNullable(threads),
        warmUp,
        steps,
        StepArithmetic.CPU,
        MATRIX_SECONDS);
  }
}
