package io.robusttrain.app.refine;

import io.robusttrain.app.ExitCode;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.app.eval.Radius;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.evaluate.plan.AttackRequest;
import io.robusttrain.evaluate.plan.Coverage;
import io.robusttrain.evaluate.plan.SampleChoice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustRefine soup}. */
@Command(
    name = "soup",
    description = {
      "Averages the weights of models of one kind into one model: of all of them, with equal weights",
      "or those of --weights, or of those that --greedy keeps. Models that began from the same weights",
      "average well, models from unrelated random ones do not."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100)
final class SoupCommand implements Callable<Integer> {
  private static final List<String> JUDGING =
      List.of("--eps", "--norm", "--attacks", "--seed", "--split", "--n");

  private final RefineLauncher launcher;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      arity = "0..*",
      description = "Model files, run directories or checkpoint directories, two or more.")
  private List<String> models = new ArrayList<>();

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Directory of the result, on any Hadoop file system.")
  private String output;

  @Option(
      names = "--weights",
      paramLabel = "LIST",
      split = ",",
      description =
          "A number above 0 for each model, of which the shares count. Default: equal ones.")
  private List<Double> weights = new ArrayList<>();

  @Option(
      names = "--greedy",
      description =
          "The most robust model by the FGSM accuracy that its file records, then each other one, if"
              + " the average with it is no less robust on the images of --split.")
  private boolean greedy;

  @Option(
      names = "--eps",
      paramLabel = "RADIUS",
      description = "Radius of the attack by which --greedy decides: 4/255.")
  private String epsilon;

  @Option(
      names = "--norm",
      paramLabel = "NORM",
      defaultValue = "linf",
      description = "Its norm: linf, l2 or l1. Default: ${DEFAULT-VALUE}.")
  private Norm norm;

  @Option(
      names = "--attacks",
      paramLabel = "LIST",
      defaultValue = "fgsm",
      description = "The attack, or several, as RobustEval takes them. Default: ${DEFAULT-VALUE}.")
  private String attacks;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "0",
      description = "Of its random draws. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      defaultValue = "validation",
      description = "Split by which it decides. Default: ${DEFAULT-VALUE}.")
  private String split;

  @Option(
      names = "--n",
      paramLabel = "N",
      description = "Images by which it decides: the first N. Default: all.")
  private Integer count;

  @Mixin private ImageOptions images = new ImageOptions();

  @Option(
      names = "--partitions",
      paramLabel = "N",
      description = "Groups the blocks of a stage in N tasks. Default: each block is a task.")
  private Integer partitions;

  SoupCommand(RefineLauncher launcher) {
    this.launcher = launcher;
  }

  @Override
  public Integer call() throws IOException {
    launcher.soup(request()).forEach(spec.commandLine().getOut()::println);
    return ExitCode.DONE.number();
  }

  private SoupRequest request() {
    if (models.size() < 2 || output == null) {
      throw Usage.wrong(spec, "what to average? Give two models or more, and --output");
    }
    if (greedy && !weights.isEmpty()) {
      throw Usage.wrong(spec, "--greedy averages with equal weights: leave --weights out");
    }
    if (greedy && (epsilon == null || !images.named())) {
      throw Usage.wrong(spec, "--greedy needs --eps and --data");
    }
    for (String option : JUDGING) {
      if (!greedy && spec.commandLine().getParseResult().hasMatchedOption(option)) {
        throw Usage.wrong(spec, option + " is for --greedy: give both or leave it out");
      }
    }
    Usage.atLeast(spec, "--partitions", partitions, 1);
    String first = models.get(0);
    return new SoupRequest(
        models,
        weights,
        images.statistics(spec, first),
        greedy ? Optional.of(images.request(spec, first, split, judged())) : Optional.empty(),
        greedy ? Optional.of(attack()) : Optional.empty(),
        output,
        partitions == null ? OptionalInt.empty() : OptionalInt.of(partitions));
  }

  private SampleChoice judged() {
    Usage.atLeast(spec, "--n", count, 1);
    return count == null ? new SampleChoice.All() : new SampleChoice.First(count);
  }

  private AttackRequest attack() {
    return new AttackRequest(
        attacks,
        norm,
        List.of(Radius.parse(spec, "--eps", norm, epsilon)),
        Coverage.SURVIVORS,
        seed);
  }
}
