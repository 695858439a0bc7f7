package io.robusttrain.app.eval;

import io.robusttrain.app.ErrorReport;
import io.robusttrain.app.ExitCode;
import io.robusttrain.app.Version;
import io.robusttrain.app.cli.CommandLines;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.evaluate.plan.AttackRequest;
import io.robusttrain.evaluate.plan.Coverage;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.EvaluationRequest;
import io.robusttrain.evaluate.result.CleanAccuracyException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.apache.spark.SparkConf;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code RobustEval}: reads the command line, hands it to an {@link EvalLauncher}, prints. */
@Command(
    name = "RobustEval",
    description = "Measures the adversarial robustness of an image classifier.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpWidth = 100,
    footerHeading = "%n",
    footer = {
      "Attacks",
      "  standard    AutoAttack: apgd-ce, apgd-t, fab-t, square; what a published number rests on",
      "  plus, rand  AutoAttack's other versions; rand is for models whose answers are random",
      "  apgd-ce     5 restarts of 100 iterations",
      "  pgd         pgd-5, pgd-10, pgd-50, pgd-100, each on all images",
      "  others      fgsm, apgd-dlr, apgd-t, fab, fab-t, square, pgd-STEPS, pgd-STEPSxRESTARTS;",
      "              several separated by commas run in that order",
      "",
      "The output directory holds eval.json (the result), images.parquet (what became of each"
          + " image),",
      "model_info.json (for RobustBench) and stages/ (finished blocks). The same command again"
          + " continues",
      "an evaluation that was interrupted; the result does not depend on the number of executors.",
      "",
      "Examples",
      "  RobustEval --model runs/a --data hdfs:///imagenet --eps 4/255 --list names.txt --output"
          + " out",
      "  RobustEval --model m.safetensors --data d --eps-sweep 0,1/255,2/255,4/255 --attacks"
          + " apgd-ce \\",
      "    --output sweep",
      "  RobustEval --model deit.pth --arch deit_small_patch16_224 --normalize imagenet --data d"
          + " \\",
      "    --eps 4/255 --output deit",
      "  RobustEval compare out/eval.json other/eval.json",
      "",
      "Exit codes: 0 done, 2 wrong usage, 3 bad data, 4 the clean accuracy is not the"
          + " checkpoint's,",
      "1 anything else."
    })
public final class EvalCommand implements Callable<Integer> {
  private final EvalLauncher launcher;

  @Spec private CommandSpec spec;

  @Mixin private SubjectOptions subject = new SubjectOptions();

  @Option(
      names = "--robustbench",
      paramLabel = "NAME",
      preprocessor = PublishedProtocol.class,
      description =
          "An entry of RobustBench, whose file --model names: sets --arch, --normalize,"
              + " --preprocessing, --norm and --eps. RobustInspect robustbench lists them.")
  @SuppressWarnings("UnusedVariable") // What it stands for is in the other options.
  private String published;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Directory of the result, on any Hadoop file system.")
  private String output;

  @Option(
      names = "--attacks",
      paramLabel = "LIST",
      defaultValue = "standard",
      description = "See below. Default: ${DEFAULT-VALUE}.")
  private String attacks;

  @Option(
      names = "--norm",
      paramLabel = "NORM",
      defaultValue = "linf",
      description = "linf, l2 or l1. Default: ${DEFAULT-VALUE}.")
  private Norm norm;

  @Option(
      names = "--eps",
      paramLabel = "RADIUS",
      description = "Radius, pixels being in [0,1]: 4/255.")
  private String epsilon;

  @Option(
      names = "--eps-sweep",
      paramLabel = "LIST",
      split = ",",
      description = "Several radii: 0,1/255,2/255.")
  private List<String> sweep = new ArrayList<>();

  @Option(
      names = "--every-attack-on-all",
      description = "Each attack works on all correctly classified images, not on survivors.")
  private boolean everyAttackOnAll;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "0",
      description = "Of all random draws. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      description = "Groups the blocks of a stage in N tasks. Default: each block is a task.")
  private Integer partitions;

  private EvalCommand(EvalLauncher launcher) {
    this.launcher = launcher;
  }

  /** Runs a command line and returns the process's exit code. */
  public static int execute(String... args) {
    return commandLine(new EvalLauncher(new SparkConf(), System.err)).execute(args);
  }

  static CommandLine commandLine(EvalLauncher launcher) {
    ErrorReport errors =
        ErrorReport.ofRuns()
            .with(EvaluationException.class, ExitCode.USAGE)
            .with(CleanAccuracyException.class, ExitCode.GUARD);
    return CommandLines.of(new EvalCommand(launcher), errors, new EvalCompareCommand());
  }

  @Override
  public Integer call() throws IOException {
    OptionalInt groups = partitions == null ? OptionalInt.empty() : OptionalInt.of(partitions);
    spec.commandLine().getOut().print(launcher.run(request(), output, groups).table());
    return ExitCode.DONE.number();
  }

  private EvaluationRequest request() {
    if (!subject.named() || output == null) {
      throw wrong("what to evaluate? Give --model, --data and --output");
    }
    Usage.atLeast(spec, "--partitions", partitions, 1);
    return new EvaluationRequest(
        subject.request(spec),
        new AttackRequest(
            attacks,
            norm,
            radii(),
            everyAttackOnAll ? Coverage.ALL_CORRECT : Coverage.SURVIVORS,
            seed));
  }

  private List<Double> radii() {
    if ((epsilon == null) == sweep.isEmpty()) {
      throw wrong("give one of --eps and --eps-sweep");
    }
    return epsilon == null
        ? sweep.stream().map(text -> radius("--eps-sweep", text)).toList()
        : List.of(radius("--eps", epsilon));
  }

  private double radius(String option, String text) {
    return Radius.parse(spec, option, norm, text);
  }

  private ParameterException wrong(String message) {
    return Usage.wrong(spec, message);
  }
}
