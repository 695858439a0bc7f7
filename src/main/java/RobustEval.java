import io.robusttrain.app.ProcessExit;
import io.robusttrain.app.SubmitDefaults;
import io.robusttrain.app.eval.EvalCommand;

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
