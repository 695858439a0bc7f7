import io.robusttrain.app.PrepCommand;

/** Prepares data sets: {@code spark-submit --class RobustPrep}. */
@SuppressWarnings("DefaultPackage") // the class name is what spark-submit --class takes
public final class RobustPrep {
  private RobustPrep() {}

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(PrepCommand.execute(args));
  }
}
