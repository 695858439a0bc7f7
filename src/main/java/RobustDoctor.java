import io.robusttrain.app.DoctorCommand;
import io.robusttrain.app.DoctorLauncher;
import io.robusttrain.app.ProcessExit;
import io.robusttrain.app.SubmitDefaults;
import io.robusttrain.app.TrainLauncher;

/** Looks for what would make a training fail: {@code spark-submit --class RobustDoctor}. */
@SuppressWarnings("DefaultPackage") // the class name is what spark-submit --class takes
public final class RobustDoctor {
  private RobustDoctor() {}

  /** See {@code --help}. */
  public static void main(String[] args) {
    SubmitDefaults.driver();
    DoctorLauncher launcher = DoctorLauncher.submitted();
    ProcessExit.with(DoctorCommand.execute(launcher, TrainLauncher.errors(), args));
  }
}
