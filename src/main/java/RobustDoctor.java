import io.robusttrain.app.ProcessExit;
import io.robusttrain.app.SubmitDefaults;
import io.robusttrain.app.doctor.DoctorCommand;

/** Looks for what would make a training fail: {@code spark-submit --class RobustDoctor}. */
@SuppressWarnings("DefaultPackage") // the class name is what spark-submit --class takes
public final class RobustDoctor {
  private RobustDoctor() {}

  /** See {@code --help}. */
  public static void main(String[] args) {
    SubmitDefaults.driver();
    ProcessExit.with(DoctorCommand.execute(args));
  }
}
