package io.robusttrain.app.sweep;

import io.robusttrain.app.ExitCode;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Problem;
import io.robusttrain.sweep.CommonOverrides;
import io.robusttrain.sweep.ConfigFingerprint;
import io.robusttrain.sweep.RunResult;
import io.robusttrain.sweep.RunStatus;
import io.robusttrain.sweep.Sweep;
import io.robusttrain.sweep.SweepDirectory;
import io.robusttrain.sweep.SweepFile;
import io.robusttrain.sweep.SweepRun;
import io.robusttrain.sweep.SweepTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The runs of a sweep one after another, each a process and a Spark application of its own. What
 * the sweep's directory records as finished is not repeated; a run that was interrupted or failed
 * goes on by its run id. A run that fails does not stop the others.
 */
public final class SweepLauncher {
  private final RunProcess process;
  private final Configuration hadoop;
  private final PrintWriter out;

  /**
   * A launcher; nothing is read or started yet.
   *
   * @param process runs one run
   * @param hadoop names the file systems
   * @param out for the plan and the table
   */
  public SweepLauncher(RunProcess process, Configuration hadoop, PrintWriter out) {
    this.process = process;
    this.hadoop = hadoop;
    this.out = out;
  }

  private record Plan(
      Sweep sweep,
      Map<SweepRun, List<String>> arguments,
      SweepDirectory directory,
      List<RunResult> results) {}

  /** Prints the runs of a sweep and what is known of them; starts none. Throws as {@link #run}. */
  public void list(java.nio.file.Path file, List<String> overrides) throws IOException {
    plan(file, overrides);
  }

  /**
   * Runs every run of a sweep that has no final result yet.
   *
   * @param file the sweep file
   * @param overrides {@code key=value} for all runs, stronger than the file's own
   * @return {@link ExitCode#DONE} if all runs are done
   * @throws ConfigException with what is wrong with the file, the overrides or any run's
   *     configuration; nothing was started
   */
  public ExitCode run(java.nio.file.Path file, List<String> overrides)
      throws IOException, InterruptedException {
    Plan plan = plan(file, overrides);
    Sweep sweep = plan.sweep();
    SweepDirectory directory = plan.directory();
    List<RunResult> results = plan.results();
    for (int i = 0; i < results.size(); i++) {
      RunResult result = results.get(i);
      if (!result.status().isFinal()) {
        out.printf(
            "%nsweep %s, run %d of %d: %s%n",
            sweep.name(), i + 1, results.size(), result.run().name());
        out.flush();
        results.set(i, result.with(RunStatus.RUNNING));
        directory.write(sweep, results);
        int code = process.run(plan.arguments().get(result.run()));
        results.set(i, directory.measured(result.with(status(code))));
        directory.write(sweep, results);
      }
    }
    out.printf("%nsweep %s in %s%n", sweep.name(), directory.path());
    print(plan);
    boolean done = results.stream().allMatch(result -> result.status() == RunStatus.DONE);
    return done ? ExitCode.DONE : ExitCode.FAILED;
  }

  private Plan plan(java.nio.file.Path file, List<String> overrides) throws IOException {
    Sweep sweep = SweepFile.read(file);
    CommonOverrides.check(sweep, overrides);
    Map<SweepRun, List<String>> arguments = new LinkedHashMap<>();
    Map<SweepRun, RunConfig> configs = checked(sweep, overrides, arguments);
    RunConfig first = configs.values().iterator().next();
    SweepDirectory directory = new SweepDirectory(new Path(first.run().dir()), hadoop);
    Plan plan = new Plan(sweep, arguments, directory, begin(configs, directory));
    out.printf("sweep %s in %s, %d runs%n", sweep.name(), directory.path(), plan.results().size());
    print(plan);
    return plan;
  }

  private void print(Plan plan) {
    out.print(new SweepTable(plan.sweep().ablatedKeys(), plan.results()).render());
    out.flush();
  }

  /** The configuration of every run, and its arguments; all problems of all runs at once. */
  private static Map<SweepRun, RunConfig> checked(
      Sweep sweep, List<String> overrides, Map<SweepRun, List<String>> arguments) {
    Map<SweepRun, RunConfig> configs = new LinkedHashMap<>();
    Set<Problem> problems = new LinkedHashSet<>();
    for (SweepRun run : sweep.runs()) {
      List<String> all = new ArrayList<>(sweep.common());
      all.addAll(run.arguments());
      all.addAll(overrides);
      try {
        String dir = ConfigLoader.load(sweep.base(), all).run().dir() + "/" + sweep.name();
        all.add("run.dir=" + ConfigLoader.literal(dir));
        all.add("run.id=" + run.name());
        configs.put(run, ConfigLoader.load(sweep.base(), all));
      } catch (ConfigException wrong) {
        wrong
            .problems()
            .forEach(
                problem ->
                    problems.add(
                        new Problem(
                            "run %s: %s".formatted(run.name(), problem.where()),
                            problem.key(),
                            problem.message())));
      }
      List<String> command = new ArrayList<>();
      sweep.base().forEach(file -> command.addAll(List.of("--config", file.toString())));
      command.addAll(all);
      arguments.put(run, command);
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(List.copyOf(problems));
    }
    return configs;
  }

  /**
   * What earlier starts left; all runs that began with another configuration are refused at once.
   */
  private static List<RunResult> begin(Map<SweepRun, RunConfig> configs, SweepDirectory directory)
      throws IOException {
    Map<String, RunResult> former = directory.read();
    List<RunResult> results = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    for (Map.Entry<SweepRun, RunConfig> entry : configs.entrySet()) {
      SweepRun run = entry.getKey();
      RunResult fresh = RunResult.pending(run, ConfigFingerprint.of(entry.getValue()));
      RunResult known = former.get(run.name());
      if (known == null || known.status() == RunStatus.PENDING || !directory.has(run)) {
        results.add(fresh);
        continue;
      }
      if (!known.configSha256().equals(fresh.configSha256())) {
        problems.add(
            new Problem(
                directory.path().toString(),
                run.name(),
                known.status().isFinal()
                    ? "finished with another configuration: give the sweep another name, or remove the run's directory to repeat it"
                    : "began with another configuration, of which its checkpoints are: take the change back to go on, give the sweep another name, or remove the run's directory to begin anew"));
      }
      results.add(
          known.status().isFinal() ? known : directory.measured(fresh.with(known.status())));
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return results;
  }

  private static RunStatus status(int code) {
    if (code == ExitCode.DONE.number()) {
      return RunStatus.DONE;
    }
    return code == ExitCode.GUARD.number() ? RunStatus.STOPPED : RunStatus.FAILED;
  }
}
