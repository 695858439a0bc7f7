import io.robusttrain.app.TrainCommand;
import io.robusttrain.app.TrainLauncher;
import org.apache.spark.SparkConf;

/** Trains a robust image classifier: {@code spark-submit --class RobustTrain}. */
@SuppressWarnings("DefaultPackage") // spark-submit --class RobustTrain is the promise
public final class RobustTrain {
  private RobustTrain() {}

  /** See {@code --help}. */
  public static void main(String[] args) {
    TrainLauncher launcher = new TrainLauncher(new SparkConf(), System.out);
    System.exit(TrainCommand.execute(launcher, TrainLauncher.errors(), args));
  }
}
