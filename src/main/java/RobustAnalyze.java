import io.robusttrain.app.ProcessExit;
import io.robusttrain.app.SubmitDefaults;
import io.robusttrain.app.analyze.AnalyzeCommand;

/** Looks at why a model is robust: {@code spark-submit --class RobustAnalyze}. */
@SuppressWarnings("DefaultPackage") // the class name is what spark-submit --class takes
public final class RobustAnalyze {
  private RobustAnalyze() {}

  /** See {@code --help}. */
  public static void main(String[] args) {
    SubmitDefaults.driver();
    ProcessExit.with(AnalyzeCommand.execute(args));
  }
}
