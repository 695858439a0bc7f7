import io.robusttrain.app.EvalCommand;
import io.robusttrain.app.ProcessExit;
import io.robusttrain.app.SubmitDefaults;

/** Measures robustness: {@code spark-submit --class RobustEval}. */
@SuppressWarnings("DefaultPackage") // spark-submit --class RobustEval is the promise
public final class RobustEval {
  private RobustEval() {}

  /** See {@code --help}. */
  public static void main(String[] args) {
    SubmitDefaults.driver();
    ProcessExit.with(EvalCommand.execute(args));
  }
}
