package io.robusttrain.app.speed;

import io.robusttrain.app.ExitCode;
import io.robusttrain.app.cli.JsonOutput;
import io.robusttrain.app.cli.ModelSelection;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.config.value.Epsilon;
import io.robusttrain.model.Architecture;
import io.robusttrain.speed.AttackBenchmark;
import io.robusttrain.speed.AttackJson;
import io.robusttrain.speed.AttackPlan;
import io.robusttrain.speed.AttackTable;
import io.robusttrain.speed.AttackTime;
import io.robusttrain.speed.ShortAttack;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code RobustSpeed attacks}: one table over the evaluation's attacks. */
@Command(
    name = "attacks",
    description = "Times the evaluation's attacks, cut short, and prints one Markdown table.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100,
    footerHeading = "%n",
    footer = {
      "Weights and images are random, the same in every run; labels are what the model says, so that",
      "every image stands when an attack begins. Each attack runs once on all images, with one restart",
      "and one target; fab-t always takes its nine targets, which share the iterations.",
      "",
      "What the figures are",
      "  iterations        of the run, or queries of square, for an image that stands to its end; and how",
      "                    many the attack has at full length over all restarts and targets",
      "  forward images    images classified, with or without a gradient, counted where they happen: fewer",
      "                    when images fall, and the broken ones once more, to check them",
      "  backward images   images whose gradient was computed",
      "  passes/s          forward and backward images over seconds",
      "  ms per image and  an image's iteration makes 2 passes in fgsm, pgd and apgd (40 in rand), 3 in",
      "  iteration         fab-t, 2 and one for each class in fab, 1 in square",
      "  images/s at full  an EXTRAPOLATION: the batch over the seconds scaled from the passes made to",
      "  length            those of the attack's full length (apgd and fab 100 iterations for each",
      "                    restart and target, square 5000 queries), as if all images stood to the end.",
      "                    An evaluation is faster where images fall",
      "",
      "Example",
      "  ./spark-submit/local.sh RobustSpeed attacks --model xcit_small_12_p16_224 --threads 2",
      "",
      "Exit codes: 0 done, 2 wrong usage, 1 anything else."
    })
final class SpeedAttacksCommand implements Callable<Integer> {
  private static final List<String> ANY_NORM =
      List.of("apgd-ce", "apgd-dlr", "apgd-t", "fab-t", "square");
  private static final List<String> ALL =
      List.of("fgsm", "pgd-10", "apgd-ce", "apgd-dlr", "apgd-t", "fab-t", "square");

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "xcit_small_12_p16_224",
      description = "timm's name. Default: ${DEFAULT-VALUE}.")
  private String model;

  @Mixin private ModelSelection selection = new ModelSelection();

  @Option(
      names = "--norm",
      paramLabel = "NORM",
      defaultValue = "linf",
      description = "linf, l2 or l1. Default: ${DEFAULT-VALUE}.")
  private Norm norm;

  @Option(
      names = "--eps",
      paramLabel = "RADIUS",
      description = "Radius, pixels being in [0,1]. Default: 4/255 in linf, 0.5 in l2, 12 in l1.")
  private String epsilon;

  @Option(
      names = "--attacks",
      paramLabel = "LIST",
      split = ",",
      description =
          "As in RobustEval, but for the table pgd. Default: fgsm,pgd-10,apgd-ce,apgd-dlr,apgd-t,fab-t,square;"
              + " in l1 without fgsm and pgd-10, which do not know it.")
  private List<String> attacks;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8",
      description = "Images. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      defaultValue = "5",
      description =
          "Iterations of an attack; of square ten times as many queries. Default: ${DEFAULT-VALUE}.")
  private int iterations;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads inside an operation. Default: all cores.")
  private Integer threads;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write all figures as JSON.")
  private String json;

  @Override
  public Integer call() throws IOException {
    Usage.atLeast(spec, "--batch", batch, 1);
    Usage.atLeast(spec, "--iterations", iterations, 1);
    Usage.atLeast(spec, "--threads", threads, 1);
    AttackPlan plan = plan(threat());
    JsonOutput.requireWritable(json);
    PrintWriter err = spec.commandLine().getErr();
    AttackBenchmark benchmark =
        new AttackBenchmark(
            plan,
            line -> {
              err.println(line);
              err.flush();
            });
    List<AttackTime> times = benchmark.run();
    JsonOutput.print(
        json,
        AttackJson.of(plan, times).toPrettyString(),
        AttackTable.of(plan, times),
        spec.commandLine().getOut());
    return ExitCode.DONE.number();
  }

  private ThreatModel threat() {
    double value;
    try {
      value = epsilon();
    } catch (IllegalArgumentException bad) {
      throw Usage.wrong(spec, "--eps: " + bad.getMessage());
    }
    if (value == 0) {
      throw Usage.wrong(spec, "--eps must be above 0: at 0 there is nothing to attack");
    }
    return new ThreatModel(norm, value);
  }

  private double epsilon() {
    String usual =
        switch (norm) {
          case LINF -> "4/255";
          case L2 -> "0.5";
          case L1 -> "12";
        };
    return Epsilon.parse(norm, epsilon == null ? usual : epsilon);
  }

  private AttackPlan plan(ThreatModel threat) {
    Architecture architecture = selection.create(spec, model);
    int cores = Runtime.getRuntime().availableProcessors();
    return new AttackPlan(
        architecture,
        threat,
        shortened(threat, architecture.numClasses()),
        batch,
        threads == null ? cores : threads);
  }

  private List<ShortAttack> shortened(ThreatModel threat, int classes) {
    List<String> names = attacks != null ? attacks : norm == Norm.L1 ? ANY_NORM : ALL;
    try {
      return ShortAttack.named(names, threat, iterations, classes);
    } catch (IllegalArgumentException bad) {
      throw new IllegalArgumentException("--attacks: " + bad.getMessage(), bad);
    }
  }
}
