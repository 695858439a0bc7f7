import io.robusttrain.app.ProcessExit;
import io.robusttrain.app.SubmitDefaults;
import io.robusttrain.app.refine.RefineCommand;

/** Makes a model of trained ones: {@code spark-submit --class RobustRefine}. */
@SuppressWarnings("DefaultPackage") // the class name is what spark-submit --class takes
public final class RobustRefine {
  private RobustRefine() {}

  /** See {@code --help}. */
  public static void main(String[] args) {
    SubmitDefaults.driver();
    ProcessExit.with(RefineCommand.execute(args));
  }
}
