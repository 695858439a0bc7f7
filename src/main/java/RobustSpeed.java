import io.robusttrain.app.ProcessExit;
import io.robusttrain.app.SubmitDefaults;
import io.robusttrain.app.speed.SpeedCommand;

/** Times the training step on this machine: {@code spark-submit --class RobustSpeed}. */
@SuppressWarnings("DefaultPackage") // the class name is what spark-submit --class takes
public final class RobustSpeed {
  private RobustSpeed() {}

  /** See {@code --help}. */
  public static void main(String[] args) {
    SubmitDefaults.driver();
    ProcessExit.with(SpeedCommand.execute(args));
  }
}
