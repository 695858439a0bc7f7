import io.robusttrain.app.EvalCommand;
import io.robusttrain.app.EvalLauncher;
import io.robusttrain.app.ProcessExit;
import io.robusttrain.app.SubmitDefaults;

/** Measures robustness: {@code spark-submit --class RobustEval}. */
@SuppressWarnings("DefaultPackage") // spark-submit --class RobustEval is the promise
public final class RobustEval {
  private RobustEval() {}

  /** See {@code --help}. */
  public static void main(String[] args) {
    SubmitDefaults.driver();
    EvalLauncher launcher = EvalLauncher.submitted(System.err);
    ProcessExit.with(EvalCommand.execute(launcher, EvalLauncher.errors(), args));
  }
}
