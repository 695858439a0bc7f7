import io.robusttrain.app.ProcessExit;
import io.robusttrain.app.SubmitDefaults;
import io.robusttrain.app.prep.PrepCommand;

/** Prepares data sets: {@code spark-submit --class RobustPrep}. */
@SuppressWarnings("DefaultPackage") // the class name is what spark-submit --class takes
public final class RobustPrep {
  private RobustPrep() {}

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] args) {
    SubmitDefaults.driver();
    ProcessExit.with(PrepCommand.execute(args));
  }
}
