import io.robusttrain.app.ProcessExit;
import io.robusttrain.app.SubmitDefaults;
import io.robusttrain.app.inspect.InspectCommand;

/**
 * Shows models and checkpoints, and exports weights: {@code spark-submit --class RobustInspect}.
 */
@SuppressWarnings("DefaultPackage") // the class name is what spark-submit --class takes
public final class RobustInspect {
  private RobustInspect() {}

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] args) {
    SubmitDefaults.driver();
    ProcessExit.with(InspectCommand.execute(args));
  }
}
